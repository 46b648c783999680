import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { argv, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { figure, markdownTable } from '../../../bench/table.ts'
import { wholeNumber } from '../../../src/core/option.ts'
import { seededRandom } from '../../../src/testing/random.ts'
import { command } from '../command.ts'
import type { LoadOrder } from '../load.ts'
import { demand } from '../requirements.ts'
import type { Moment } from './moments.ts'
import type { Ignored } from './simulated-disk.ts'
import { ackedBy, type Found, NOTHING, stateAfterCrashes, together } from './states.ts'
import { momentsOf, trace, tryStrace, type Workplace, workplaceIn } from './trace.ts'

/** In turn, so many processes use one file. */
const PROCESSES = [1, 2, 3] as const
/** Messages of all processes together: enough for the WAL to be started again, and before that the file closed by all and opened. */
const ROUNDS = [300, 2_000] as const
const PAYLOAD_BYTES = 4_000
/** Controls are tried on so many states for one of the real thing. */
const CONTROL_SHARE = 0.3

interface Subject {
  readonly name: string
  readonly isControl: boolean
  readonly isIgnored: Ignored
}

const SUBJECTS: readonly Subject[] = [
  { name: 'as it is', isControl: false, isIgnored: () => false },
  {
    name: 'control: our fdatasync of the WAL ignored',
    isControl: true,
    isIgnored: (file, by) => by === 'fdatasync' && file.endsWith('-wal'),
  },
  { name: 'control: the syncs of the database ignored', isControl: true, isIgnored: (file) => file.endsWith('.db') },
]

/** Prints the tables; true where nothing acknowledged was lost, no file was damaged, and every control was. */
await command(async (signal) => {
  const { states, traces, seed } = options(argv.slice(2))
  demand({ programs: ['strace', 'sh'] })
  tryStrace()
  const found = new Map(SUBJECTS.map(({ name }) => [name, NOTHING]))
  const figures: string[][] = []
  for (let index = 0; index < traces; index += 1) {
    const of = Math.floor(((index + 1) * states) / traces) - Math.floor((index * states) / traces)
    const processes = PROCESSES[index % PROCESSES.length] ?? 1
    figures.push(await traceOnce(found, { index, processes, states: of, seed: seed + index }, signal))
  }
  const head = ['processes', 'acknowledged', 'writes', 'our syncs', "SQLite's", 'WAL starts', 'deleted']
  stdout.write(`\n${markdownTable(head, figures)}\n\n${tableOf(found)}\n\nseed ${seed}\n`)
  return SUBJECTS.every(({ name, isControl }) => isAsExpected(name, isControl, found.get(name) ?? NOTHING))
})

interface Run {
  readonly index: number
  readonly processes: number
  readonly states: number
  readonly seed: number
}

/** Adds to what was found; answers with the figures of the trace. */
async function traceOnce(found: Map<string, Found>, run: Run, signal: AbortSignal): Promise<string[]> {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'willcall-reorder-')))
  try {
    const workplace = workplaceIn(home)
    stdout.write(`trace ${run.index + 1}: ${run.processes} processes, ${run.states} states\n`)
    for (const messages of ROUNDS) {
      await trace(ordersOf(workplace, run.processes, messages), workplace.output, signal)
    }
    const moments = await momentsOf(workplace)
    const figures = figuresOf(run.processes, moments, workplace)
    for (const { name, isControl, isIgnored } of SUBJECTS) {
      const states = isControl ? Math.ceil(run.states * CONTROL_SHARE) : run.states
      const random = seededRandom(run.seed)
      const crashes = { workplace, moments, states, payloadBytes: PAYLOAD_BYTES, random, isIgnored }
      const now = await stateAfterCrashes(crashes, signal)
      found.set(name, together(found.get(name) ?? NOTHING, now))
      stdout.write(`  ${name}: ${now.states} states, ${now.lost} of ${now.acked} lost, ${now.corrupt} corrupt\n`)
      if (!isControl) for (const example of now.examples) stdout.write(`    ${example}\n`)
    }
    return figures
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function ordersOf({ database, markers }: Workplace, processes: number, messages: number): readonly LoadOrder[] {
  return Array.from({ length: processes }, (_, index) => {
    const from = `${messages}.${index}`
    const load = {
      senders: 5 + 10 * index,
      batch: 1 + index,
      payloadBytes: PAYLOAD_BYTES,
      concurrency: 10,
      messages: Math.ceil(messages / processes),
    }
    return { database, durability: 'disk', from, threads: 1, marker: path.join(markers, from), load }
  })
}

function figuresOf(processes: number, moments: readonly Moment[], { database, markers }: Workplace): string[] {
  const acked = moments.flatMap((moment) => ackedBy(moment, markers) ?? []).flatMap(({ ids }) => ids).length
  const sent = ROUNDS.reduce((sum, messages) => sum + messages, 0)
  if (acked < sent) throw new Error(`only ${acked} of ${sent} messages were acknowledged`)
  const ended = moments.filter(({ is }) => is === 'end').map(({ call }) => call)
  const wal = `${database}-wal`
  const counts = [
    processes,
    acked,
    ended.filter((call) => call.kind === 'write' && path.dirname(call.path) !== markers).length,
    ended.filter((call) => call.kind === 'sync' && call.by === 'fdatasync').length,
    ended.filter((call) => call.kind === 'sync' && call.by === 'fsync').length,
    ended.filter((call) => call.kind === 'write' && call.path === wal && call.at === 0).length,
    ended.filter((call) => call.kind === 'delete' && call.path === wal).length,
  ]
  return counts.map(whole)
}

function tableOf(found: ReadonlyMap<string, Found>): string {
  return markdownTable(
    ['', 'states', 'acknowledged before', 'lost', 'in states', 'corrupt states'],
    [...found].map(([name, { states, acked, lost, statesWithLoss, corrupt }]) =>
      [name].concat([states, acked, lost, statesWithLoss, corrupt].map(whole)),
    ),
  )
}

function isAsExpected(name: string, isControl: boolean, { lost, corrupt }: Found): boolean {
  const isWhole = lost === 0 && corrupt === 0
  if (isControl && isWhole) stdout.write(`${name}: nothing was lost, so this proves nothing\n`)
  return isControl !== isWhole
}

function whole(value: number): string {
  return value < 100 ? String(value) : figure(value)
}

function options(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      states: { type: 'string', default: '1000' },
      traces: { type: 'string', default: '9' },
      seed: { type: 'string', default: '1' },
    },
  })
  return {
    states: wholeNumber('--states', Number(values.states), 1, 1_000_000),
    traces: wholeNumber('--traces', Number(values.traces), 1, 1_000),
    seed: wholeNumber('--seed', Number(values.seed), 0, 2 ** 31),
  }
}
