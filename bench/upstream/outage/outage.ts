import { execPath, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { jsonOf } from '../../child.ts'
import { machine } from '../../machine.ts'
import type { BenchOptions } from '../../options.ts'
import { median } from '../../quantile.ts'
import { figure, markdownTable, type Row } from '../../table.ts'
import { type Target, targetTable } from '../../targets.ts'
import { type Due, mistakesIn, readBooks } from '../books.ts'
import { CALL_MS, startCalmGateway } from '../calm-gateway.ts'
import { type OutageOrder, type OutageResult, ticketIdOf } from './outage-order.ts'
import { Redis } from '../../redis.ts'
import { CONCURRENCY, CONCURRENCY_OF_API } from './subject.ts'
import { type SubjectName, SUBJECTS } from './subjects.ts'

const TICKETS_PER_SECOND = 10
const RUN_SUBJECT = fileURLToPath(new URL('./run-subject.ts', import.meta.url))

/** One subject, once. */
interface Run extends OutageResult {
  /** By the count of the gateway. */
  readonly callsIntoOutage: number
  readonly lost: number
  readonly doubled: number
}

/** A third-party API that is down for a third of the time: who calls it how often, who else suffers, and when all is done. */
export async function outage({ rounds, seconds, only }: BenchOptions): Promise<void> {
  await using redis = await Redis.start()
  const names = (Object.keys(SUBJECTS) as SubjectName[]).filter((name) => name.includes(only))
  const runs = new Map(names.map((name): [SubjectName, Run[]] => [name, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [subject, ofSubject] of runs) {
      if (subject === 'BullMQ' && redis === undefined) continue
      stderr.write(`round ${round} of ${rounds}: ${subject}\n`)
      ofSubject.push(await measured(subject, seconds, redis?.port))
    }
  }
  const third = figure(seconds / 3)
  const told = [
    `## Receipts that are down for ${third} s of ${seconds}`,
    `${machine()}, ${redis === undefined ? 'no redis-server' : `Redis ${redis.version} without persistence`}. ${TICKETS_PER_SECOND} tickets a second for ${seconds} s, each a receipt and a row; from second ${third} on receipts are answered with 503 for ${third} s. Each other call takes ${CALL_MS} ms. At most ${CONCURRENCY} calls at once; ${CONCURRENCY_OF_API} for each API where the subject has a place for that. 25 attempts, back-off doubled from 1 s: willcall's own with full jitter, p-retry's own with a bound of 30 s, BullMQ's own with a jitter of a half. ${rounds === 1 ? 'One round' : `Medians of ${rounds} rounds`}, subjects and gateway in processes of their own. "All done" counts from the end of the outage, and the last ticket comes ${third} s after it.`,
    markdownTable(
      [
        'subject',
        'calls into the outage',
        'most at once',
        'rows/s in it / before',
        'receipts waiting at its end',
        'those there after s',
        'all done after s',
        'attempts spent',
        'lost',
        'doubled',
      ],
      [...runs].map(([name, ofSubject]) => row(name, ofSubject)),
    ),
    '### What it must show',
    targetTable(targetsOf(runs.get('willcall') ?? [])),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}

/** Throws where willcall loses or doubles. */
async function measured(subject: SubjectName, seconds: number, redisPort: number | undefined): Promise<Run> {
  await using gateway = await startCalmGateway()
  const order: OutageOrder = {
    subject,
    gatewayUrl: gateway.url,
    ...(redisPort !== undefined && { redisPort }),
    seconds,
    ticketsPerSecond: TICKETS_PER_SECOND,
  }
  const result = await jsonOf<OutageResult>(execPath, [RUN_SUBJECT, JSON.stringify(order)])
  const { outages } = await gateway.statistics()
  const { lost, doubled } = mistakesIn(await readBooks(gateway.url), dueOf(seconds * TICKETS_PER_SECOND))
  if (subject === 'willcall' && lost.length + doubled.length > 0) {
    throw new Error(`willcall must lose and double nothing: ${[...lost, ...doubled].slice(0, 10).join('; ')}`)
  }
  const callsIntoOutage = outages.receipts.reduce((sum, { calls }) => sum + calls, 0)
  return { ...result, callsIntoOutage, lost: lost.length, doubled: doubled.length }
}

function dueOf(tickets: number): ReadonlyMap<string, Due> {
  const due: Due = { receipts: 1, rowsToPrint: 1, rowsToRefund: 0 }
  return new Map(Array.from({ length: tickets }, (_, n) => [ticketIdOf(n), due]))
}

function row(name: SubjectName, runs: readonly Run[]): Row {
  if (runs.length === 0) return [name, 'not measured: no redis-server', ...Array<string>(8).fill('–')]
  const middle = (of: (run: Run) => number): number => median(runs.map(of))
  return [
    name,
    count(middle(({ callsIntoOutage }) => callsIntoOutage)),
    count(middle(({ mostAtOnce }) => mostAtOnce)),
    figure(middle(rowsRatio)),
    count(middle(({ waiting }) => waiting)),
    figure(middle(({ receiptsAfterMs }) => seconds(receiptsAfterMs))),
    figure(middle(({ allAfterMs }) => seconds(allAfterMs))),
    count(middle(({ attemptsSpent }) => attemptsSpent)),
    count(middle(({ lost }) => lost)),
    count(middle(({ doubled }) => doubled)),
  ]
}

/** At the worst of all rounds. */
function targetsOf(runs: readonly Run[]): readonly Target[] {
  const worst = (values: readonly number[]): number => (values.length === 0 ? Number.NaN : Math.max(...values))
  return [
    {
      what: 'rows per second in the outage / before',
      measured: -worst(runs.map((run) => -rowsRatio(run))),
      atLeast: 0.9,
    },
    {
      what: 'calls at once of the closed upstream',
      measured: worst(runs.map(({ mostProbesAtOnce = Number.NaN }) => mostProbesAtOnce)),
      atMost: 1,
    },
    {
      what: 'seconds after the outage until all receipts were there that had waited',
      measured: worst(runs.map(({ receiptsAfterMs }) => seconds(receiptsAfterMs))),
      atMost: 10,
    },
  ]
}

const rowsRatio = ({ rowsPerSecondBefore, rowsPerSecondDuring }: Run): number =>
  rowsPerSecondDuring / rowsPerSecondBefore

const seconds = (ms: number | undefined): number => (ms ?? Number.NaN) / 1_000

const count = (value: number): string => Math.round(value).toLocaleString('en')
