import { execPath, stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { jsonOf } from '../child.ts'
import { machine } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { inPlace, type Installed, installed, missing, serversOf } from '../place.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { targetTable } from '../targets.ts'
import type { DurableOrder, Speed } from './durable-order.ts'
import { CONCURRENCY, SENDERS } from './subject.ts'
import { type SubjectKind, type SubjectName, SUBJECTS } from './subjects.ts'

const RUN_SUBJECT = fileURLToPath(new URL('./run-subject.ts', import.meta.url))
/** Of the messages of a run, so many more are sent before the clock starts: a worker runs for days. */
const WARM_UP = 0.2
/** A run of fewer messages says nothing. */
const FEWEST = 500

interface Scenario extends Pick<DurableOrder, 'senders' | 'until'> {
  readonly title: string
  /** Its part of the messages. */
  readonly part: number
  readonly unit: string
}

const END_TO_END: Scenario = {
  title: `${SENDERS} senders, until all is done`,
  senders: SENDERS,
  until: 'done',
  part: 1,
  unit: 'jobs/s',
}
const LONE: Scenario = {
  title: 'a lone sender, until all is acknowledged',
  senders: 1,
  until: 'acknowledged',
  part: 0.05,
  unit: 'sends/s',
}

interface Case {
  readonly scenario: Scenario
  readonly name: SubjectName
  readonly kind: SubjectKind
  readonly messages: number
  /** Messages a second, by round. */
  readonly speeds: number[]
}

/** Messages that outlive their process: through willcall, the limit of its engine, and its peers. */
export async function durable({ rounds, messages, only }: BenchOptions): Promise<void> {
  const here = await installed()
  const all = [END_TO_END, LONE].flatMap((scenario) => casesOf(scenario, messages))
  const cases = all.filter(({ name, scenario }) => `${name}, ${scenario.title}`.includes(only))
  for (let round = 1; round <= rounds; round += 1) {
    for (const each of cases) {
      if (missing(each.kind, here) !== undefined) continue
      const speed = await measured(each)
      each.speeds.push(speed)
      stderr.write(`round ${round} of ${rounds}: ${each.name}, ${each.scenario.title}: ${figure(speed)}/s\n`)
    }
  }
  const told = [
    '## Messages on disk',
    `${machine()}, ${serversOf(here)}. Each message is sent singly, a sender awaits each before its next; ${CONCURRENCY} handlers at once that do nothing (raw: no bound). Raw is better-sqlite3 with WAL and synchronous=FULL: one transaction for each turn of the event loop inserts what was sent and deletes what was done, and nothing else of a queue. plainjob, BullMQ with everysec and the servers are as they come: what plainjob acknowledged may be lost in a power cut, with everysec that of the last second; PostgreSQL syncs each commit. Medians of ${rounds} rounds, each run in a fresh process, on a fresh file or server, after a fifth as many messages as warm-up; "/ raw" is the median of the rounds' ratios. Each message was run once.`,
    ...[END_TO_END, LONE].flatMap((scenario) => [
      `### ${scenario.title.charAt(0).toUpperCase()}${scenario.title.slice(1)}`,
      tableOf(scenario, cases, here),
    ]),
    '### What it must show',
    targetTable([
      { what: `jobs/s / raw, ${END_TO_END.title}`, measured: ratio(cases, END_TO_END, 'willcall'), atLeast: 0.7 },
      { what: `sends/s / raw, ${LONE.title}`, measured: ratio(cases, LONE, 'willcall'), atLeast: 0.65 },
    ]),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}

function casesOf(scenario: Scenario, messages: number): readonly Case[] {
  return (Object.entries(SUBJECTS) as [SubjectName, SubjectKind][]).map(([name, kind]) => {
    const few = Math.ceil(messages * scenario.part * kind.part)
    return { scenario, name, kind, messages: Math.min(messages, Math.max(FEWEST, few)), speeds: [] }
  })
}

function measured({ scenario: { senders, until }, name: subject, kind, messages }: Case): Promise<number> {
  return inPlace(kind, async (place) => {
    const warmUp = Math.ceil(messages * WARM_UP)
    const order: DurableOrder = { subject, place, senders, warmUp, messages, until }
    const { ms } = await jsonOf<Speed>(execPath, [RUN_SUBJECT, JSON.stringify(order)])
    return (messages / ms) * 1_000
  })
}

function tableOf(scenario: Scenario, cases: readonly Case[], here: Installed): string {
  return markdownTable(
    ['subject', scenario.unit, '/ raw', 'messages'],
    cases
      .filter((each) => each.scenario === scenario)
      .map(({ name, kind, messages, speeds }): Row => {
        const absent = missing(kind, here)
        if (absent !== undefined) return [name, `not measured: no ${absent}`, '–', '–']
        const ofRaw = ratio(cases, scenario, name)
        return [name, figure(median(speeds)), ofRaw.toFixed(3), messages.toLocaleString('en')]
      }),
  )
}

/** The named subject's speed by that of the limit, in the same scenario. */
function ratio(cases: readonly Case[], scenario: Scenario, wanted: SubjectName): number {
  const speedsOf = (of: SubjectName): readonly number[] =>
    cases.find(({ name, scenario: other }) => name === of && other === scenario)?.speeds ?? []
  const raw = speedsOf('raw better-sqlite3')
  return median(speedsOf(wanted).map((speed, round) => speed / (raw[round] ?? Number.NaN)))
}
