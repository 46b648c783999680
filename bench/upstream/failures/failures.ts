import { stderr, stdout } from 'node:process'
import type { EndpointName } from '../../../examples/tickets/gateway/endpoints.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { machine } from '../../machine.ts'
import type { BenchOptions } from '../../options.ts'
import { figure, markdownTable, type Row } from '../../table.ts'
import { targetTable } from '../../targets.ts'
import type { SeedProgress, SeedResult } from './seed-order.ts'
import { runSeed } from './seed-process.ts'
import { RATE } from './seed-tickets.ts'

/** How far the seeds are is told so often. */
const TOLD_EVERY_MS = 30_000
/** Mistakes named where there are any. */
const MAX_NAMED = 20
const ENDPOINTS: readonly EndpointName[] = ['issueReceipt', 'appendRow', 'listRows']

/** The whole service against APIs that fail in every way that they have. Throws where anything is lost or doubled. */
export async function failures({ seeds, tickets, atOnce }: BenchOptions): Promise<void> {
  const results: SeedResult[] = []
  const stop = new AbortController()
  const progress = new Progress(seeds)
  const rest = Array.from({ length: seeds }, (_, index) => index + 1).values()
  const oneAfterTheOther = async (): Promise<void> => {
    for (const seed of rest) {
      results.push(await runSeed({ seed, tickets }, (now) => progress.is(seed, now), stop.signal))
      progress.ended(seed)
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, oneAfterTheOther))
  } finally {
    stop.abort()
  }
  results.sort((one, other) => one.seed - other.seed)

  const lost = results.flatMap((result) => result.lost)
  const doubled = results.flatMap((result) => result.doubled)
  const told = [
    `## ${seeds} seeds of ${shown(tickets)} tickets, with every failure at ${RATE * 100} %`,
    `${machine()}. The tickets service in memory, with orders of both endpoints; of those for \`/tickets-status\` every fourth ticket is canceled. One ticket in ${1 / RATE} is bad. An outage begins with one call in ${1 / RATE}, lasts 200 ms, and 20 ms longer for each call meanwhile; a call has 1 s. Service and gateway in processes of their own, ${Math.min(atOnce, seeds)} seeds at once. Good tickets must have exactly what they ask for, bad ones nothing, and their jobs be dead.`,
    '### What happened to the calls',
    markdownTable(['', ...ENDPOINTS, 'all'], happenedRows(results)),
    '### What became of the tickets',
    markdownTable(
      ['seed', 'bad tickets', 'dead jobs', 'calls', 'failed', 's', 'lost', 'doubled'],
      results.map(seedRow),
    ),
    '### What it must show',
    targetTable([
      { what: 'lost', measured: lost.length, atMost: 0 },
      { what: 'doubled', measured: doubled.length, atMost: 0 },
    ]),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
  const mistakes = [...lost, ...doubled]
  if (mistakes.length > 0)
    throw new Error(`nothing must be lost or doubled: ${mistakes.slice(0, MAX_NAMED).join('; ')}`)
}

/** Tells on standard error how far the seeds are, in a line now and then. */
class Progress {
  readonly #seeds: number
  readonly #underWay = new Map<number, SeedProgress>()
  #done = 0
  #toldAt = systemClock.elapsed()

  constructor(seeds: number) {
    this.#seeds = seeds
  }

  is(seed: number, now: SeedProgress): void {
    this.#underWay.set(seed, now)
    if (systemClock.elapsed() - this.#toldAt >= TOLD_EVERY_MS) this.#tell()
  }

  ended(seed: number): void {
    this.#underWay.delete(seed)
    this.#done += 1
    this.#tell()
  }

  #tell(): void {
    this.#toldAt = systemClock.elapsed()
    const all = [...this.#underWay.values()]
    const waiting = all.reduce((sum, each) => sum + each.waiting, 0)
    const dead = all.reduce((sum, each) => sum + each.dead, 0)
    const rest = `${all.length} under way with ${shown(waiting)} jobs to do and ${shown(dead)} dead`
    stderr.write(`${this.#done} of ${this.#seeds} seeds done, ${rest}\n`)
  }
}

function happenedRows(results: readonly SeedResult[]): readonly Row[] {
  const sumOf = (endpoint: EndpointName, what: string): number =>
    results.reduce((sum, { happened }) => sum + (happened[endpoint][what] ?? 0), 0)
  const names = new Set(results.flatMap(({ happened }) => ENDPOINTS.flatMap((name) => Object.keys(happened[name]))))
  return [...names].toSorted().map((what) => {
    const counts = ENDPOINTS.map((endpoint) => sumOf(endpoint, what))
    return [what].concat([...counts, counts.reduce((sum, count) => sum + count, 0)].map(shown))
  })
}

function seedRow({ seed, badTickets, dead, calls, happened, seconds, lost, doubled }: SeedResult): Row {
  const well = ENDPOINTS.reduce((sum, name) => {
    const { slow = 0, 'bad ticket': bad = 0, 'none of these': none = 0 } = happened[name]
    return sum + slow + bad + none
  }, 0)
  return [
    String(seed),
    shown(badTickets),
    shown(dead),
    shown(calls),
    shown(calls - well),
    figure(seconds),
    shown(lost.length),
    shown(doubled.length),
  ]
}

const shown = (value: number): string => value.toLocaleString('en')
