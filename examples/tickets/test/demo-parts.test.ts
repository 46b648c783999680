import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Receipt } from '../clients/receipts.ts'
import { callCounts } from '../demo/call-counts.ts'
import { LogTail } from '../demo/log-tail.ts'
import type { Ticket } from '../demo/orders.ts'
import { jobsOfBad, outcomeOf } from '../demo/outcome.ts'
import { Progress, type ProgressNow } from '../demo/progress.ts'
import { listOf, tableOf } from '../demo/table.ts'
import { startGateway } from '../gateway/gateway.ts'

const shown = (isTTY: boolean, moments: readonly ProgressNow[], last: ProgressNow): string => {
  let written = ''
  const progress = new Progress({ isTTY, write: (text: string | Uint8Array) => (written += String(text)) !== '' })
  for (const now of moments) progress.show(now)
  progress.end(last)
  return written
}
const moment = (elapsedMs: number, done: number, dead = 0): ProgressNow => ({
  elapsedMs,
  done,
  dead,
  total: 2_000,
})

describe('the outcome of the demo', () => {
  const confirmed: Ticket = { id: 'a', status: 'confirmed' }
  const canceled: Ticket = { id: 'b', status: 'canceled' }
  const receipt = (ticketId: string): Receipt => ({ number: '1', ticketId, issuedAt: new Date(0) })

  it('is a receipt and a row to print for a confirmed ticket, a row to refund for a canceled one', () => {
    const books = { receipts: [receipt('a')], toPrint: [['a']], toRefund: [['b', '50.00'], ['other']] }
    assert.deepEqual(outcomeOf([confirmed, canceled], books), {
      tickets: 2,
      canceled: 1,
      bad: 0,
      receipts: 1,
      rows: 2,
      doubled: [],
      lost: [],
    })
  })

  it('tells what a ticket has too much of, and what it has not', () => {
    const books = { receipts: [receipt('b')], toPrint: [['a'], ['a']], toRefund: [] }
    const { doubled, lost } = outcomeOf([confirmed, canceled], books)
    assert.deepEqual(doubled, ['a has 2 rows to print instead of 1', 'b has 1 receipt instead of 0'])
    assert.deepEqual(lost, ['a has no receipt', 'b has no row to refund'])
  })

  it('is nothing for a bad ticket, and both its jobs are dead', () => {
    const isBad = (): boolean => true
    const nothing = { receipts: [], toPrint: [], toRefund: [] }
    const { bad, canceled: good, doubled, lost } = outcomeOf([confirmed, canceled], nothing, isBad)
    assert.deepEqual({ bad, good, doubled, lost }, { bad: 2, good: 0, doubled: [], lost: [] })
    assert.equal(jobsOfBad([confirmed, canceled], isBad), 3)
    const books = { ...nothing, toRefund: [['b']] }
    assert.deepEqual(outcomeOf([canceled], books, isBad).doubled, ['b has 1 row to refund instead of 0'])
  })
})

describe('the progress of the demo', () => {
  it('is a bar that moves, on a terminal', () => {
    const written = shown(true, [moment(100, 0), moment(200, 900, 100)], moment(300, 2_000))
    const [, first, second, last] = written.split('\r\u001B[K')
    assert.equal(first, `[${'.'.repeat(30)}] 0.1 s: 0 of 2,000 jobs done, 0 dead`)
    assert.equal(second, `[${'#'.repeat(15)}${'.'.repeat(15)}] 0.2 s: 900 of 2,000 jobs done, 100 dead`)
    assert.equal(last, `[${'#'.repeat(30)}] 0.3 s: 2,000 of 2,000 jobs done, 0 dead\n`)
  })

  it('leaves room for a line above the bar', () => {
    let written = ''
    const progress = new Progress({
      isTTY: true,
      write: (text: string | Uint8Array) => (written += String(text)) !== '',
    })
    progress.show(moment(100, 0))
    progress.tell('killed the service')
    assert.ok(written.endsWith('\r\u001B[Kkilled the service\n'))
  })

  it('is a plain line a second where there is none', () => {
    const moments = [moment(100, 0), moment(1_000, 500), moment(1_900, 600), moment(2_100, 700)]
    assert.equal(
      shown(false, moments, moment(2_200, 2_000)),
      [
        '1.0 s: 500 of 2,000 jobs done, 0 dead\n',
        '2.1 s: 700 of 2,000 jobs done, 0 dead\n',
        '2.2 s: 2,000 of 2,000 jobs done, 0 dead\n',
      ].join(''),
    )
  })
})

describe('the tables of the demo', () => {
  it('stand names above numbers, with a dash for what nobody knows', () => {
    assert.equal(tableOf({ tickets: 12_345, calls: undefined, lost: 0 }), 'tickets  calls  lost\n 12,345      -     0')
  })

  it('stand names before numbers, one on a line', () => {
    assert.equal(listOf({ 'status 500': 12_345, slow: 0 }), 'status 500  12,345\nslow             0')
  })
})

describe('the calls of the demo', () => {
  it('are counted from its beginning, with each kind of failure, also those that did not happen', async () => {
    await using gateway = await startGateway({ failRate: 0, badTicketRate: 1 })
    const append = async (): Promise<void> => {
      const row = { method: 'POST', body: '{"columns":["a"]}' }
      await fetch(`${gateway.url}/spreadsheets-api/sheets/tickets-to-print/rows`, row)
    }
    await append()
    const before = callCounts(gateway.statistics())
    gateway.beginOutage('receipts', { ms: 1_000 })
    await fetch(`${gateway.url}/receipts-api/receipts`)
    await append()
    assert.deepEqual(callCounts(gateway.statistics(), before), {
      calls: 2,
      failures: {
        'status 500': 0,
        'status 429': 0,
        'status 503': 0,
        'reset before': 0,
        'reset after': 0,
        'silence before': 0,
        'silence after': 0,
        slow: 0,
        outages: 1,
        'calls into them': 1,
        refused: 1,
      },
    })
  })
})

describe('what the service said', () => {
  it('is kept in its last lines, without the failures that are expected, wherever it is cut', () => {
    const tail = new LogTail()
    const expected = [
      '/tmp/tickets.db has 0 jobs to do, and 0 that are dead',
      't worker.started tasks=[]',
      ...['failed', 'snoozed', 'unknown', 'late'].map((ending) => `t attempt.${ending} jobId="x"`),
      't upstream.closed upstream="receipts"',
      't upstream.opened upstream="receipts"',
      't job.dead jobId="x" reason="permanent" error="PUT / was answered 400: {\\"error\\":\\"this ticket is bad, however often it is sent\\"}"',
    ].join('\n')
    const lines = Array.from({ length: 50 }, (_, index) => `t job.dead jobId="${index}"\n${expected}\n`)
    for (const piece of lines.join('').match(/[^]{1,7}/g) ?? []) tail.add(piece)
    assert.equal(tail.lines.length, 20)
    assert.equal(tail.lines[0], 't job.dead jobId="30"')
    assert.equal(tail.lines.at(-1), 't job.dead jobId="49"')
    tail.add('x'.repeat(10_000))
    tail.add('\n')
    assert.equal(tail.lines.at(-1)?.length, 500)
  })
})
