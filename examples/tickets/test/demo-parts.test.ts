import assert from 'node:assert/strict'
import { json } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { LogTail } from '../demo/log-tail.ts'
import { ordersOf } from '../demo/orders.ts'
import { Progress, type ProgressNow } from '../demo/progress.ts'
import { sendOrders } from '../demo/send-orders.ts'
import { tableOf } from '../demo/table.ts'
import { serverThat } from './server-that.ts'

const never = new AbortController().signal

const shown = (isTTY: boolean, moments: readonly ProgressNow[], last: ProgressNow): string => {
  let written = ''
  const progress = new Progress({ isTTY, write: (text: string | Uint8Array) => (written += String(text)) !== '' })
  for (const now of moments) progress.show(now)
  progress.end(last)
  return written
}
const at = (elapsedMs: number, done: number): ProgressNow => ({ elapsedMs, done, total: 2_000, retries: 7 })

describe('the orders of the demo', () => {
  it('have 1 to 200 tickets, the same for the same seed, each with an id of its own', () => {
    const orders = ordersOf('run', 1_000, 1)
    const sizes = orders.map(({ tickets }) => tickets.length)
    assert.deepEqual([Math.min(...sizes), Math.max(...sizes)], [1, 200])
    assert.deepEqual(ordersOf('run', 1_000, 1), orders)
    assert.notDeepEqual(ordersOf('run', 1_000, 2), orders)
    const tickets = orders.flatMap((order) => order.tickets)
    assert.equal(new Set(tickets).size, tickets.length)
  })

  it('are sent again under the same key, after Retry-After, where there is no room', async () => {
    const seen: { readonly key: unknown; readonly body: unknown }[] = []
    await using service = await serverThat(async (request, response) => {
      const order = { key: request.headers['idempotency-key'], body: await json(request) }
      if (seen.push(order) === 1) response.writeHead(503, { 'Retry-After': '1' }).end()
      else response.writeHead(202).end('{"jobs":["1","2"]}')
    })
    const began = performance.now()
    await sendOrders(service.url, [{ key: 'k', tickets: ['a'] }], never)
    assert.ok(performance.now() - began >= 990)
    const order = { key: 'k', body: { tickets: ['a'] } }
    assert.deepEqual(seen, [order, order])
  })

  it('fail where one is refused, or not taken whole', async () => {
    await using service = await serverThat(async (request, response) => {
      const { tickets } = (await json(request)) as { tickets: readonly string[] }
      if (tickets.includes('bad')) response.writeHead(400).end()
      else response.writeHead(202).end('{"jobs":["1"]}')
    })
    await assert.rejects(sendOrders(service.url, [{ key: 'k', tickets: ['bad'] }], never), /status code 400/)
    const half = sendOrders(service.url, [{ key: 'k', tickets: ['a'] }], never)
    await assert.rejects(half, { message: 'k became 1 jobs instead of 2' })
  })
})

describe('the progress of the demo', () => {
  it('is a bar that moves, on a terminal', () => {
    const written = shown(true, [at(100, 0), at(200, 1_000)], at(300, 2_000))
    const [, first, second, last] = written.split('\r\u001B[K')
    assert.equal(first, `[${'.'.repeat(30)}] 0.1 s: 0 of 2,000 jobs done, 7 retries`)
    assert.equal(second, `[${'#'.repeat(15)}${'.'.repeat(15)}] 0.2 s: 1,000 of 2,000 jobs done, 7 retries`)
    assert.equal(last, `[${'#'.repeat(30)}] 0.3 s: 2,000 of 2,000 jobs done, 7 retries\n`)
  })

  it('is a plain line a second where there is none', () => {
    const moments = [at(100, 0), at(1_000, 500), at(1_900, 600), at(2_100, 700)]
    assert.equal(
      shown(false, moments, at(2_200, 2_000)),
      [
        '1.0 s: 500 of 2,000 jobs done, 7 retries\n',
        '2.1 s: 700 of 2,000 jobs done, 7 retries\n',
        '2.2 s: 2,000 of 2,000 jobs done, 7 retries\n',
      ].join(''),
    )
  })
})

describe('the table of the demo', () => {
  it('stands names above numbers, with a dash for what nobody knows', () => {
    assert.equal(tableOf({ tickets: 12_345, calls: undefined, lost: 0 }), 'tickets  calls  lost\n 12,345      -     0')
  })
})

describe('what the service said', () => {
  it('is kept in its last lines, without the failures that are expected, wherever it is cut', () => {
    const tail = new LogTail()
    const lines = Array.from({ length: 50 }, (_, index) => `t job.dead jobId="${index}"\nt attempt.failed jobId="x"\n`)
    for (const piece of lines.join('').match(/[^]{1,7}/g) ?? []) tail.add(piece)
    assert.equal(tail.lines.length, 20)
    assert.equal(tail.lines[0], 't job.dead jobId="30"')
    assert.equal(tail.lines.at(-1), 't job.dead jobId="49"')
    tail.add('x'.repeat(10_000))
    tail.add('\n')
    assert.equal(tail.lines.at(-1)?.length, 500)
  })
})
