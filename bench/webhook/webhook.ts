import { execPath, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { jsonOf } from '../child.ts'
import { machine } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { inPlace, installed, missing, serversOf } from '../place.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { targetTable } from '../targets.ts'
import { BARE_CASE, type Case, CASES, MEMORY_CASE, SQLITE_CASE, WILLCALL } from './cases.ts'
import type { ServerEnd } from './listen.ts'
import type { Load, LoadOrder } from './load-order.ts'
import { MESSAGES_OF_AN_ORDER, orderOnce } from './order.ts'
import { Server } from './server.ts'

const CONNECTIONS = 50
/** Load before the load that counts: a server compiles while it is new. */
const WARM_UP_SECONDS = 2

const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url))

/** The webhook under load, in memory and on disk, beside an Express that only answers and its peers. Throws where an answer was no 202. */
export async function webhook({ rounds, seconds, only }: BenchOptions): Promise<void> {
  const [answer, here] = await Promise.all([answerOfWillcall(), installed()])
  const cases = CASES.filter(({ name }) => name.includes(only))
  for (let round = 1; round <= rounds; round += 1) {
    for (const each of cases) {
      if (missing(each.needs, here) !== undefined) continue
      const load = await loaded(each, answer, seconds)
      each.loads.push(load)
      stderr.write(`round ${round} of ${rounds}: ${each.name}: ${figure(load.perSecond)} requests/s\n`)
    }
  }
  const told = [
    '## The webhook',
    `${machine()}, ${serversOf(here)}. ${CONNECTIONS} connections, each order has 1 ticket (${MESSAGES_OF_AN_ORDER} messages), Express 5 with \`express.json()\` answers with a body of the same size. On SQLite the 202 comes once the disk has the order; plainjob, BullMQ and pg-boss answer once their own add has, which for plainjob (NORMAL) and Redis (everysec) is before the disk has it. Medians of ${rounds} rounds of ${seconds} s after ${WARM_UP_SECONDS} s of warm-up, servers and load in processes of their own; "/ bare" is the median of the rounds' ratios. Every answer was a 202, and what was answered was worked.`,
    markdownTable(
      ['server', 'requests/s', '/ bare', 'p50 ms', 'p99 ms', 'p99 / bare', 'bytes of an answer'],
      cases.map((each) => row(each, missing(each.needs, here))),
    ),
    '### What it must show',
    targetTable(
      [MEMORY_CASE, SQLITE_CASE].flatMap((each) => [
        { what: `requests/s / bare Express, ${each.name}`, measured: ratio(each, 'perSecond'), atLeast: 1 },
        { what: `p99 / bare Express, ${each.name}`, measured: ratio(each, 'p99Ms'), atMost: 1.3 },
      ]),
    ),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}

/** One round: a fresh server, warmed up, under load, and ended. */
function loaded({ name, file, args, needs, works }: Case, answer: string, seconds: number): Promise<Load> {
  return inPlace(needs, async (place) => {
    await using server = new Server(file, args(place, answer))
    const port = await server.listening()
    const warmUp = await loadOf(port, WARM_UP_SECONDS)
    const load = await loadOf(port, seconds)
    checkAnswers(name, warmUp)
    checkAnswers(name, load)
    if (works) checkWorked(await server.stop(), [warmUp, load])
    return load
  })
}

function loadOf(port: number, seconds: number): Promise<Load> {
  const order: LoadOrder = { port, connections: CONNECTIONS, seconds }
  return jsonOf<Load>(execPath, [LOAD, JSON.stringify(order)])
}

function checkAnswers(name: string, { statuses, broken }: Load): void {
  const refused = Object.entries(statuses).filter(([status]) => status !== '202')
  if (refused.length === 0 && broken === 0 && '202' in statuses) return
  const answers = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`)
  throw new Error(`${name} must answer every order with 202, got ${answers.join(', ')} and ${broken} without an answer`)
}

/** Each connection may have had one order under way when its load ended: worked, and its answer never read. */
function checkWorked({ worked }: ServerEnd, loads: readonly Load[]): void {
  const answered = loads.reduce((sum, { statuses }) => sum + (statuses['202'] ?? 0), 0)
  const least = answered * MESSAGES_OF_AN_ORDER
  const most = (answered + CONNECTIONS * loads.length) * MESSAGES_OF_AN_ORDER
  if (worked < least || worked > most) throw new Error(`${least} to ${most} messages must be worked, got ${worked}`)
}

/** What the webhook answers to an order after many others, for the bare server to answer with as many bytes. */
async function answerOfWillcall(): Promise<string> {
  await using server = new Server(WILLCALL)
  const port = await server.listening()
  await loadOf(port, WARM_UP_SECONDS)
  return await orderOnce(port)
}

function row(each: Case, absent: string | undefined): Row {
  if (absent !== undefined) return [each.name, `not measured: no ${absent}`, ...Array<string>(5).fill('–')]
  return [
    each.name,
    figure(median(each.loads.map(({ perSecond }) => perSecond))),
    figure(ratio(each, 'perSecond')),
    figure(median(each.loads.map(({ p50Ms }) => p50Ms))),
    figure(median(each.loads.map(({ p99Ms }) => p99Ms))),
    figure(ratio(each, 'p99Ms')),
    figure(median(each.loads.map(({ answerBytes }) => answerBytes))),
  ]
}

/** The median of the rounds' ratios to bare Express. */
function ratio(one: Case, what: 'perSecond' | 'p99Ms'): number {
  return median(one.loads.map((load, round) => load[what] / (BARE_CASE.loads[round]?.[what] ?? Number.NaN)))
}
