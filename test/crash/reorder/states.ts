import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Ack, acksIn } from '../acks.ts'
import { compare } from '../compare.ts'
import type { Moment } from './moments.ts'
import { type Ignored, SimulatedDisk } from './simulated-disk.ts'
import type { Workplace } from './trace.ts'

/** Of so many crashes one comes while the file is made. */
const CRASHES_TO_EARLY = 20
/** So many moments. */
const EARLY = 200

/** What was found in the states of some crashes. */
export interface Found {
  readonly states: number
  /** Messages, in all states together. */
  readonly acked: number
  readonly lost: number
  readonly statesWithLoss: number
  readonly corrupt: number
  /** What was wrong in the first states that were, in words. */
  readonly examples: readonly string[]
}

const MAX_EXAMPLES = 5

export const NOTHING: Found = { states: 0, acked: 0, lost: 0, statesWithLoss: 0, corrupt: 0, examples: [] }

export function together(a: Found, b: Found): Found {
  return {
    states: a.states + b.states,
    acked: a.acked + b.acked,
    lost: a.lost + b.lost,
    statesWithLoss: a.statesWithLoss + b.statesWithLoss,
    corrupt: a.corrupt + b.corrupt,
    examples: [...a.examples, ...b.examples].slice(0, MAX_EXAMPLES),
  }
}

/** After which moments the power goes, in their order. */
export function crashesOf(states: number, moments: number, random: () => number): readonly number[] {
  const crashes = Array.from({ length: states }, (_, index) =>
    Math.floor(random() * (index % CRASHES_TO_EARLY === 0 ? Math.min(EARLY, moments) : moments)),
  )
  return crashes.sort((a, b) => a - b)
}

/** What a program had acknowledged when it wrote this; nothing where it wrote something else. */
export function ackedBy({ call, is }: Moment, markers: string): readonly Ack[] | undefined {
  if (call.kind !== 'write' || path.dirname(call.path) !== markers) return undefined
  return is === 'begin' ? acksIn(call.bytes.toString()) : []
}

export interface Crashes {
  readonly workplace: Workplace
  readonly moments: readonly Moment[]
  readonly states: number
  readonly payloadBytes: number
  readonly random: () => number
  readonly isIgnored: Ignored
}

/** Writes down what the disk may hold after each crash, opens it, and looks for all that had been acknowledged before. */
export async function stateAfterCrashes(of: Crashes, signal: AbortSignal): Promise<Found> {
  const { workplace, moments, states, payloadBytes, random, isIgnored } = of
  const disk = new SimulatedDisk(workplace.folder, isIgnored)
  const crashes = crashesOf(states, moments.length, random)
  const acks: Ack[] = []
  let found = NOTHING
  let next = 0
  for (const [index, moment] of moments.entries()) {
    const acked = ackedBy(moment, workplace.markers)
    if (acked === undefined) disk.take(moment)
    else acks.push(...acked)
    for (; crashes[next] === index; next += 1) {
      signal.throwIfAborted()
      const { lost, faults, acked: count } = await look(disk.afterCrash(random), acks, payloadBytes)
      const what = [
        ...faults,
        ...(lost.length > 0 ? [`${lost.length} of ${count} lost, ${String(lost[0])} first`] : []),
      ]
      found = together(found, {
        states: 1,
        acked: count,
        lost: lost.length,
        statesWithLoss: lost.length > 0 ? 1 : 0,
        corrupt: faults.length > 0 ? 1 : 0,
        examples: what.map((text) => `after moment ${index} of ${moments.length}: ${text}`),
      })
    }
  }
  return found
}

async function look(files: ReadonlyMap<string, Buffer>, acks: readonly Ack[], payloadBytes: number) {
  const folder = mkdtempSync(path.join(tmpdir(), 'willcall-reorder-state-'))
  try {
    for (const [name, bytes] of files) writeFileSync(path.join(folder, name), bytes, { mode: 0o600 })
    return await compare(path.join(folder, 'a.db'), acks, payloadBytes)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
