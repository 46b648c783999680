import { execPath, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/core/clock.ts'
import { jsonOf } from '../child.ts'
import { FreshFolder } from '../fresh-folder.ts'
import { machine } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { targetTable } from '../targets.ts'
import { checkBooks } from './books.ts'
import type { LoopOrder, LoopResult } from './loop-order.ts'
import { HASHING, type Scenario, SCENARIOS, SHARED, SLOW_DISK, SLOW_MS } from './scenarios.ts'
import { type SlowEnvironment, slowSync } from './slow-sync.ts'

const RUN_LOOP = fileURLToPath(new URL('./run-loop.ts', import.meta.url))
/** Until the clients of all processes begin. */
const BEGIN_AFTER_MS = 2_000

/** The processes of one run. */
type Run = readonly LoopResult[]

/** How long the event loop and a send wait while the disk is slow, the pool is taken, or other processes write. */
export async function loop({ rounds, seconds, only }: BenchOptions): Promise<void> {
  await using program = await FreshFolder.make()
  const slow = await slowSync(program)
  const runs = new Map(SCENARIOS.filter(({ title }) => title.includes(only)).map((each) => [each, [] as Run[]]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [scenario, ofScenario] of runs) {
      if (scenario.slowMs > 0 && slow === undefined) continue
      const run = await measured(scenario, seconds, slow)
      ofScenario.push(run)
      const late = figure(worst(run, 'delayMaxMs'))
      stderr.write(`round ${round} of ${rounds}: ${scenario.title}: ${figure(sum(run))} sends/s, ${late} ms late\n`)
    }
  }
  const told = [
    '## The event loop',
    `${machine()}. Clients send singly and await each message before their next, handlers do nothing; ${seconds} s after a second of warm-up. Slow syncs: each fsync and fdatasync of the process returns ${SLOW_MS} ms later, on the thread that asked for it${slow === undefined ? ' (not measured: that takes Linux and a C compiler)' : ''}. scrypt: 8 passwords are hashed at once all the time, in the threads that also sync. Late: how long a callback that is due at any moment waits for the event loop; where nothing is sent it is what this machine adds. Medians of ${rounds} rounds, "max" the worst of them. What was acknowledged was worked, and nothing twice.`,
    markdownTable(
      [
        'case',
        'clients',
        'sends/s',
        'send p50 ms',
        'send p99 ms',
        'send max ms',
        'late p99 ms',
        'late max ms',
        'refused',
      ],
      [...runs].map(([scenario, ofScenario]) => row(scenario, ofScenario)),
    ),
    `Of ${SHARED.processes} processes, the one with the fewest sends had ${figure(share(runs.get(SHARED) ?? [], 'sent'))} of the one with the most; of jobs worked, ${figure(share(runs.get(SHARED) ?? [], 'worked'))}.`,
    '### What it must show',
    targets(runs),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}

async function measured(scenario: Scenario, seconds: number, slow: SlowEnvironment | undefined): Promise<Run> {
  const { title: _, ...parts } = scenario
  await using folder = await FreshFolder.make()
  const beginAt = systemClock.now() + (parts.processes > 1 ? BEGIN_AFTER_MS : 0)
  const env = parts.slowMs > 0 ? slow?.(parts.slowMs) : undefined
  const run = await Promise.all(
    Array.from({ length: parts.processes }, (_each, index) => {
      const order: LoopOrder = { ...parts, folder: folder.path, seconds, beginAt, index }
      return jsonOf<LoopResult>(execPath, [RUN_LOOP, JSON.stringify(order)], env)
    }),
  )
  await checkBooks(folder.path, parts.processes)
  for (const { error } of run)
    if (error !== undefined) stderr.write(`${scenario.title}: a send was refused: ${error}\n`)
  return run
}

function row({ title, clients, processes, slowMs }: Scenario, runs: readonly Run[]): Row {
  const ofAll = processes === 1 ? String(clients) : `${processes} × ${clients}`
  if (runs.length === 0) return [title, ofAll, slowMs > 0 ? 'not measured' : '–', ...Array<string>(6).fill('–')]
  const middle = (what: Figure): string => figure(median(runs.map((run) => worst(run, what))))
  return [
    title,
    ofAll,
    figure(median(runs.map(sum))),
    middle('sendP50Ms'),
    middle('sendP99Ms'),
    figure(worst(runs.flat(), 'sendMaxMs')),
    middle('delayP99Ms'),
    figure(worst(runs.flat(), 'delayMaxMs')),
    String(runs.flat().reduce((all, { errors }) => all + errors, 0)),
  ]
}

function targets(runs: ReadonlyMap<Scenario, readonly Run[]>): string {
  const flat = (scenario: Scenario): Run => (runs.get(scenario) ?? []).flat()
  const p99 = (scenario: Scenario): number => median(flat(scenario).map(({ delayP99Ms }) => delayP99Ms))
  const refused = flat(SHARED).map(({ errors }) => errors)
  return targetTable([
    { what: 'event loop late at worst, slow syncs, ms', measured: worst(flat(SLOW_DISK), 'delayMaxMs'), atMost: 25 },
    { what: 'event loop late at p99, slow syncs, ms', measured: p99(SLOW_DISK), atMost: 10 },
    {
      what: 'send p50 beside 8 × scrypt, ms',
      measured: median(flat(HASHING).map(({ sendP50Ms }) => sendP50Ms)),
      atMost: 5,
    },
    {
      what: `sends refused, ${SHARED.processes} processes`,
      measured: refused.length === 0 ? Number.NaN : Math.max(...refused),
      atMost: 0,
    },
    {
      what: `send at worst, ${SHARED.processes} processes, ms`,
      measured: worst(flat(SHARED), 'sendMaxMs'),
      atMost: 250,
    },
  ])
}

type Figure = Exclude<keyof LoopResult, 'error'>

/** Of all processes; NaN where there is none, or nothing was sent. */
const worst = (run: Run, what: Figure): number =>
  run.length === 0 ? Number.NaN : Math.max(...run.map((result) => result[what] ?? Number.NaN))

const sum = (run: Run): number => run.reduce((all, { perSecond }) => all + perSecond, 0)

/** The least that a process had by the most that one had, in the median of the rounds. */
const share = (runs: readonly Run[], what: 'sent' | 'worked'): number =>
  median(runs.map((run) => Math.min(...run.map((each) => each[what])) / Math.max(...run.map((each) => each[what]))))
