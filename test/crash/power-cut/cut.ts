import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Ack } from '../acks.ts'
import { type Comparison, compare } from '../compare.ts'
import { LoadChild } from './load-child.ts'
import { type CutTime, PowerSwitch } from './power-switch.ts'
import { divided, messagesOf, type Result, restartsOf, resultOf } from './result.ts'
import type { Scenario } from './scenario.ts'
import { paused } from './paused.ts'
import { Volume } from './volume.ts'

const VOLUME_BYTES = 1_073_741_824

export interface CutReport extends Comparison {
  readonly result: Result
  /** How long before the cut a lost message had been acknowledged, in milliseconds, the last of them. */
  readonly lostLastMs: number | undefined
}

/** Cuts the power of a volume on which a store works, starts it again, and looks for what had been acknowledged. */
export async function cutPower(scenario: Scenario, signal: AbortSignal): Promise<CutReport> {
  await using volume = await Volume.make(VOLUME_BYTES)
  const database = path.join(volume.folder, 'a.db')
  const { acks, beganNs } = await acknowledged(scenario, volume.folder, database, signal)
  await volume.restart()
  const wal = `${database}-wal`
  const restarts = existsSync(wal) ? restartsOf(readFileSync(wal).subarray(0, 32)) : 0
  const { before, during } = divided(acks, beganNs)
  const comparison = await compare(database, before, scenario.load.payloadBytes)
  const lost = new Set(comparison.lost)
  const lossy = before.filter(({ ids }) => ids.some((id) => lost.has(id)))
  const last = lossy.map(({ atNs }) => Number(beganNs - atNs) / 1e6).sort((a, b) => a - b)[0]
  return { ...comparison, lostLastMs: last, result: resultOf(comparison, messagesOf(during), restarts) }
}

async function acknowledged(
  { children, threads, durability, after, afterMs, load }: Scenario,
  folder: string,
  database: string,
  signal: AbortSignal,
): Promise<CutTime & { readonly acks: readonly Ack[] }> {
  await using power = await PowerSwitch.ready(folder)
  await using stack = new AsyncDisposableStack()
  const senders = Array.from({ length: children }, (_, child) =>
    stack.use(new LoadChild({ database, durability, from: String(child), threads, load })),
  )
  await Promise.race(senders.map((sender) => sender[after]))
  await paused(afterMs, signal)
  if (senders.some(({ hasEnded }) => hasEnded)) throw new Error('a program ended before the power was cut')
  const time = await power.cut()
  const told = await Promise.all(senders.map((sender) => sender.kill()))
  const early = told.flatMap(({ refusals }) => refusals).find(({ atNs }) => atNs < time.beganNs)
  if (early !== undefined) throw new Error(`a program stopped sending before the power was cut: ${early.why}`)
  return { ...time, acks: told.flatMap(({ acks }) => acks) }
}
