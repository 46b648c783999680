import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Upstream, Worker, task, type Explanation } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { running, until } from '../worker/running.ts'
import { apiThat } from './call-api.ts'
import { callers } from './call-callers.ts'

interface Ticket {
  readonly id: string
}

for (const { name, make } of callers) {
  describe(`a task that calls its API through ${name}`, () => {
    it('waits for as long as a 503 asks, and has spent no attempt', async () => {
      let calls = 0
      await using api = await apiThat((_, response) => {
        calls += 1
        if (calls === 1) response.writeHead(503, { 'Retry-After': '60' }).end()
        else response.writeHead(201).end('{}')
      })
      const clock = new FakeClock()
      const receipts = new Upstream('receipts', { clock })
      const call = make(receipts, { clock })
      const worker = new Worker({
        tasks: {
          issue: task({
            upstream: receipts,
            run: async ({ id }: Ticket, { signal }) => {
              await (await call(`${api.url}/receipts/${id}`, { method: 'POST', signal })).json()
            },
          }),
        },
        clock,
      })
      await using _ = running(worker)
      const [id = assert.fail()] = await worker.send({ task: 'issue', id: 't1' })
      await until(() => receipts.closedUntil !== undefined)
      assert.deepEqual(receipts.closedUntil, new Date(clock.now() + 60_000))
      assert.equal(receipts.closedBecause, `UpstreamError: POST ${api.url}/receipts/t1 was answered 503`)
      let waiting: Explanation = await worker.explain(id)
      await until(async () => {
        waiting = await worker.explain(id)
        return /closed/.test(waiting.why)
      })
      assert.deepEqual([(await worker.find(id))?.attempts, waiting.until], [0, receipts.closedUntil])
      await clock.advance(59_999)
      assert.equal(calls, 1)
      await clock.advance(1)
      await until(async () => (await worker.find(id))?.state === 'done')
      assert.deepEqual([calls, (await worker.find(id))?.attempts, receipts.closedUntil], [2, 0, undefined])
    })

    it('is told once of each failure: five jobs in a row close it', async () => {
      await using api = await apiThat((_, response) => void response.writeHead(500).end())
      const clock = new FakeClock()
      const receipts = new Upstream('receipts', { clock, concurrency: 1 })
      const call = make(receipts, { clock })
      let runs = 0
      const worker = new Worker({
        tasks: {
          issue: task({
            upstream: receipts,
            retry: { minMs: 0, maxMs: 0 },
            run: async (_ticket: Ticket) => {
              runs += 1
              await call(api.url)
            },
          }),
        },
        clock,
      })
      await using _ = running(worker)
      await worker.send({ task: 'issue', id: 't1' })
      await until(() => receipts.closedUntil !== undefined)
      assert.equal(runs, 5)
    })

    it('is dead at once where the API refuses its payload, which closes nothing', async () => {
      await using api = await apiThat((_, response) => void response.writeHead(422).end('{"why":"bad"}'))
      const receipts = new Upstream('receipts', { failuresToClose: 1 })
      const call = make(receipts)
      const worker = new Worker({
        tasks: { issue: task({ upstream: receipts, run: async (_ticket: Ticket) => void (await call(api.url)) }) },
      })
      await using _ = running(worker)
      await worker.send({ task: 'issue', id: 't1' })
      await worker.idle()
      const [dead] = await worker.list({ state: 'dead' })
      assert.deepEqual(
        [dead?.reason, dead?.error, receipts.closedUntil],
        ['permanent', `PermanentError: GET ${api.url}/ was answered 422: {"why":"bad"}`, undefined],
      )
    })

    it('asks whether a POST without an answer took effect before it posts again', async () => {
      const rows: string[] = []
      await using api = await apiThat((request, response) => {
        rows.push('t1')
        if (rows.length === 1) request.socket.resetAndDestroy()
        else response.end()
      })
      const sheets = new Upstream('sheets')
      const call = make(sheets)
      const worker = new Worker({
        tasks: {
          append: task({
            upstream: sheets,
            run: async (_ticket: Ticket) => void (await call(api.url, { method: 'POST' })),
            reconcile: ({ id }) => rows.includes(id),
          }),
        },
      })
      await using _ = running(worker)
      const [id = assert.fail()] = await worker.send({ task: 'append', id: 't1' })
      await worker.idle()
      assert.deepEqual([rows, (await worker.find(id))?.state], [['t1'], 'done'])
    })

    it('counts a call that outlives the time of its task as a failure of the API', async () => {
      await using api = await apiThat(() => {})
      const slow = new Upstream('slow', { failuresToClose: 1 })
      const call = make(slow)
      const worker = new Worker({
        tasks: {
          ask: task({
            upstream: slow,
            timeoutMs: 50,
            run: async (_ticket: Ticket, { signal }) => void (await call(api.url, { signal })),
          }),
        },
      })
      await using _ = running(worker)
      await worker.send({ task: 'ask', id: 't1' })
      await until(() => slow.closedUntil !== undefined)
      assert.match(slow.closedBecause, /^UpstreamError: GET \S+ timed out/)
    })
  })
}
