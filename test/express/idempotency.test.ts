import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onceOf } from '../../src/express/idempotency-key.ts'
import type { HttpRequest } from '../../src/express/request.ts'
import { gzipSync } from 'node:zlib'
import { task, Worker } from '../../src/index.ts'
import { Office, ORDERS, order, type TicketMessage } from './office.ts'

const KEY = { 'idempotency-key': 'order-17' }

describe('webhook: Idempotency-Key', () => {
  it('an order sent again gets the first answer and runs nothing twice', async () => {
    const worked: string[] = []
    await using office = await Office.open({ issueReceipt: ({ ticketId }) => worked.push(ticketId) })
    const first = await office.post(order('a', 'b'), KEY)
    const stop = new AbortController()
    const running = office.worker.run(stop.signal)
    await office.worker.idle()
    const second = await office.post(order('a', 'b'), { ...KEY, 'x-request-id': 'another' })
    await office.worker.idle()
    stop.abort()
    await running
    assert.deepEqual([first.status, second.status], [202, 202])
    assert.equal(await second.text(), await first.text())
    assert.deepEqual(worked, ['a', 'b'])
  })

  it('200 copies at once are one order', async () => {
    await using office = await Office.open()
    const copies = await Promise.all(Array.from({ length: 200 }, () => office.post(order('a'), KEY)))
    const answers = await Promise.all(copies.map((copy) => copy.text()))
    assert.deepEqual(new Set(copies.map(({ status }) => status)), new Set([202]))
    assert.equal(new Set(answers).size, 1)
    assert.equal(await office.kept(), 1)
  })

  it('a copy is answered though there is no room', async () => {
    await using office = await Office.open({ capacity: 1, maxWaitMs: 0 })
    const first = await office.post(order('a'), KEY)
    const second = await office.post(order('a'), KEY)
    assert.equal(await second.text(), await first.text())
  })

  it('a copy in another encoding is the same order', async () => {
    await using office = await Office.open()
    const first = await office.post(order('a'), KEY)
    const second = await office.post(gzipSync(order('a')), { ...KEY, 'content-encoding': 'gzip' })
    assert.equal(await second.text(), await first.text())
    assert.equal(await office.kept(), 1)
  })

  it('the same key with another body is refused with 422', async () => {
    await using office = await Office.open()
    await office.post(order('a'), KEY)
    const response = await office.post(order('b'), KEY)
    assert.equal(response.status, 422)
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
    assert.match(await response.text(), /"detail":"other content was kept under the same key/)
    assert.equal(await office.kept(), 1)
  })

  it('a task that takes the key for another payload is refused with 422 too', async () => {
    const issueReceipt = task({
      once: ({ ticketId }) => ticketId,
      run: async (_ticket: { ticketId: string; price: number }) => {},
    })
    const worker = new Worker({ tasks: { issueReceipt } })
    await worker.send({ task: 'issueReceipt', ticketId: 'a', price: 1 })
    await using office = await Office.open({
      worker,
      messages: () => [{ task: 'issueReceipt', ticketId: 'a', price: 2 } as TicketMessage],
    })
    assert.equal((await office.post('{}')).status, 422)
    assert.equal((await worker.count()).waiting, 1)
  })

  it('the same key means the same order at one path, however that is spelled', async () => {
    await using office = await Office.open()
    await office.post(order('a'), KEY)
    for (const spelled of [`${ORDERS}?again`, `${ORDERS}/`, ORDERS.toUpperCase()]) {
      assert.equal((await office.post(order('a'), KEY, spelled)).status, 202)
      assert.equal(await office.kept(), 1)
    }
  })

  it('the same key at another path is another order', () => {
    const at = (url: string) => onceOf({ url } as HttpRequest, 'k', 'same').key
    assert.notEqual(at('/orders'), at('/refunds'))
    assert.equal(at('/orders'), at('/orders?again'))
  })

  it('a key of 255 characters at a long path is taken', async () => {
    await using office = await Office.open()
    const path = `${ORDERS}?${'q'.repeat(4_000)}`
    assert.equal((await office.post(order('a'), { 'idempotency-key': '~'.repeat(255) }, path)).status, 202)
  })

  it('an order that was refused leaves its key free', async () => {
    await using office = await Office.open({ capacity: 1 })
    assert.equal((await office.post(order('a', 'b'), KEY)).status, 413)
    assert.equal((await office.post(order('a'), KEY)).status, 202)
  })
})
