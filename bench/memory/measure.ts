import { execPath, stderr } from 'node:process'
import { fileURLToPath } from 'node:url'
import { jsonOf } from '../child.ts'
import type { BenchOptions } from '../options.ts'
import { figure } from '../table.ts'
import type { CaseOrder, Heap, Late, Speed } from './case-order.ts'
import type { GoWorker } from './go-worker.ts'
import { GO_CASES, type Scenario, SCENARIOS } from './scenarios.ts'

const RUN_CASE = fileURLToPath(new URL('./run-case.ts', import.meta.url))

/** A machine that stalls once makes one run late, not the median of three. */
export const LATENESS_RUNS = 3

/** What was measured of one case. */
export interface Measured {
  readonly scenario: Scenario
  readonly name: string
  /** Millions of messages a second, by round. */
  readonly speeds: number[]
  /** How far the resident set grew, in MB, by round. */
  readonly residents: number[]
  heap?: Heap
  /** By run. */
  readonly lates: Late[]
}

interface Case extends Measured {
  readonly speed: () => Promise<Omit<Speed, 'residentMb'> & Partial<Speed>>
  /** Missing for Go, as is `late`: its heap and its timers are not what is compared. */
  readonly held?: () => Promise<Heap>
  readonly late?: () => Promise<Late>
}

/** Measures every case: all of them once, then all of them again, so that a slow minute of the machine hits each alike. */
export async function measureAll(options: BenchOptions, go: GoWorker | undefined): Promise<readonly Measured[]> {
  const cases = SCENARIOS.flatMap((scenario) =>
    nodeCases(scenario, options).concat(go === undefined ? [] : goCases(scenario, options, go)),
  ).filter(({ scenario, name }) => `${name} ${scenario.title}`.includes(options.only))

  for (let round = 1; round <= options.rounds; round += 1) {
    for (const each of cases) {
      const { ms, residentMb } = await each.speed()
      const speed = options.messages / ms / 1_000
      each.speeds.push(speed)
      if (residentMb !== undefined) each.residents.push(residentMb)
      tell(`round ${round} of ${options.rounds}`, each, `${figure(speed)} M/s`)
    }
  }
  for (const each of cases) {
    if (each.held === undefined) continue
    each.heap = await each.held()
    tell('heap', each, `${figure(each.heap.growthMb)} MB`)
  }
  for (let run = 1; run <= LATENESS_RUNS; run += 1) {
    for (const each of cases) {
      if (each.late === undefined) continue
      const late = await each.late()
      each.lates.push(late)
      tell(`10 ms interval, run ${run} of ${LATENESS_RUNS}`, each, `${figure(late.p999Ms)} ms late at p99.9`)
    }
  }
  return cases
}

function nodeCases(scenario: Scenario, { messages, seconds }: BenchOptions): Case[] {
  const { callSize, failing } = scenario
  return scenario.subjects.map((subject) => {
    const run = <Result>(measure: CaseOrder['measure'], ...flags: readonly string[]): Promise<Result> => {
      const order: CaseOrder = { subject, callSize, failing, messages, measure, latenessMs: seconds * 1_000 }
      return jsonOf<Result>(execPath, [...flags, RUN_CASE, JSON.stringify(order)])
    }
    return {
      scenario,
      name: subject,
      speeds: [],
      residents: [],
      lates: [],
      speed: () => run<Speed>('speed'),
      held: () => run<Heap>('heap', '--expose-gc'),
      late: () => run<Late>('lateness'),
    }
  })
}

function goCases(scenario: Scenario, { messages }: BenchOptions, go: GoWorker): Case[] {
  const { callSize, failing } = scenario
  return GO_CASES.map(({ name, cores }) => ({
    scenario,
    name,
    speeds: [],
    residents: [],
    lates: [],
    speed: async () => ({ ms: await go.ms({ callSize, failing, messages, cores }) }),
  }))
}

function tell(when: string, { scenario, name }: Measured, what: string): void {
  stderr.write(`${when}: ${name}, ${scenario.title}: ${what}\n`)
}
