import { stdout } from 'node:process'
import { machine } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { type Target, targetTable } from '../targets.ts'
import { GoWorker } from './go-worker.ts'
import { LATENESS_RUNS, type Measured, measureAll } from './measure.ts'
import { CALLS, FAILING, GO_CASES, type Scenario, SCENARIOS } from './scenarios.ts'
import { CONCURRENCY, PLACES } from './subject.ts'

/** No-op messages in memory: through the Worker, its peers, and the seed's worker in Go. */
export async function memory(options: BenchOptions): Promise<void> {
  await using go = await GoWorker.build()
  const all = await measureAll(options, go)
  const told = [
    `## ${options.messages.toLocaleString('en')} no-op messages in memory`,
    `${machine()}, ${go?.version ?? 'Go is not installed'}. ${PLACES} places, ${CONCURRENCY} handlers at once (Go: one loop). Medians of ${options.rounds} rounds, each run in a fresh process; "willcall / it" is the median of the rounds' ratios. Heap: the most that was held after collecting garbage, 100 times in a run of its own. Resident: growth of the process in the timed run, garbage and compiled code included. Late: how late a 10 ms interval fired in ${options.seconds} s of such messages, the median and the worst of ${LATENESS_RUNS} runs; a run that was 2 s late was ended there, and the bare loop shows what this machine adds.`,
    ...SCENARIOS.flatMap((scenario) => [
      `### ${sentence(scenario.title)}`,
      scenarioTable(scenario, all, go === undefined),
    ]),
    '### What it must show',
    targetTable(targets(all)),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}

function scenarioTable(scenario: Scenario, all: readonly Measured[], goIsMissing: boolean): string {
  const rows = all
    .filter((each) => each.scenario === scenario)
    .map((each): Row => {
      const { name, speeds, residents, heap, lates } = each
      return [
        name,
        figure(median(speeds)),
        figure(ratio(all, scenario, name)),
        figure(heap?.growthMb ?? Number.NaN),
        figure(median(residents)),
        figure(median(lates.map(({ p999Ms }) => p999Ms))),
        figure(worst(lates.map(({ maxMs }) => maxMs))),
      ]
    })
  const missing = GO_CASES.map(({ name }): Row => [name, 'not installed', '–', '–', '–', '–', '–'])
  return markdownTable(
    ['case', 'M/s', 'willcall / it', 'heap +MB', 'resident +MB', 'late p99.9 ms', 'late max ms'],
    goIsMissing ? [...rows, ...missing] : rows,
  )
}

/** willcall's speed by that of the named case, in the same scenario. */
function ratio(all: readonly Measured[], scenario: Scenario, name: string): number {
  const speedsOf = (wanted: string): readonly number[] =>
    all.find((each) => each.scenario === scenario && each.name === wanted)?.speeds ?? []
  const ours = speedsOf('willcall')
  return median(speedsOf(name).map((theirs, round) => (ours[round] ?? Number.NaN) / theirs))
}

function targets(all: readonly Measured[]): readonly Target[] {
  const ours = all.filter(({ name }) => name === 'willcall')
  return [
    { what: `speed / fastq promise, ${CALLS.title}`, measured: ratio(all, CALLS, 'fastq promise'), atLeast: 1.3 },
    { what: `speed / p-queue, ${CALLS.title}`, measured: ratio(all, CALLS, 'p-queue'), atLeast: 8 },
    { what: `speed / Go, ${CALLS.title}`, measured: ratio(all, CALLS, 'Go'), atLeast: 0.4 },
    { what: `speed / fastq promise, ${FAILING.title}`, measured: ratio(all, FAILING, 'fastq promise'), atLeast: 1.3 },
    { what: 'growth of the heap in MB, at worst', measured: worst(ours.map(({ heap }) => heap?.growthMb)), atMost: 10 },
    {
      what: '10 ms interval late at p99.9 in ms, at worst',
      measured: worst(ours.map(({ lates }) => median(lates.map(({ p999Ms }) => p999Ms)))),
      atMost: 20,
    },
  ]
}

function sentence(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1)
}

/** The greatest of the values; NaN where one of them is missing, or all. */
function worst(values: readonly (number | undefined)[]): number {
  return values.length === 0 ? Number.NaN : Math.max(...values.map((value = Number.NaN) => value))
}
