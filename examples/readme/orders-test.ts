import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Worker } from 'willcall'
import { drain, FakeClock, flaky } from 'willcall/testing'

it('every ticket gets its receipt although half of the calls fail', async () => {
  const receipts: string[] = []
  const issueReceipt = flaky(async ({ ticketId }: { ticketId: string }) => void receipts.push(ticketId), { rate: 0.5 })
  const clock = new FakeClock()
  const worker = new Worker({ tasks: { issueReceipt }, clock })
  await worker.send({ task: 'issueReceipt', ticketId: 't1' }, { task: 'issueReceipt', ticketId: 't2' })
  await drain(worker, clock)
  assert.deepEqual(receipts.sort(), ['t1', 't2'])
})
