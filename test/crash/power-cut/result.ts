import type { Ack } from '../acks.ts'
import type { Comparison } from '../compare.ts'

/** What one power cut, or several, came to. Counted in messages. */
export interface Result {
  readonly cuts: number
  /** Acknowledged before the cut began: each of them must be there. */
  readonly counted: number
  /** Acknowledged when the cut had begun: a sync that runs during it can answer well and have done nothing. */
  readonly leftOut: number
  readonly lost: number
  readonly cutsWithLoss: number
  readonly corrupt: number
  /** How often the WAL had been started again. */
  readonly restarts: number
}

/** Those that were known before the power began to go, and those that were not. */
export function divided(
  acks: readonly Ack[],
  beganNs: bigint,
): { readonly before: readonly Ack[]; readonly during: readonly Ack[] } {
  return {
    before: acks.filter(({ atNs }) => atNs < beganNs),
    during: acks.filter(({ atNs }) => atNs >= beganNs),
  }
}

export const messagesOf = (acks: readonly Ack[]): number => acks.reduce((so, { ids }) => so + ids.length, 0)

export function resultOf({ acked, lost, faults }: Comparison, leftOut: number, restarts: number): Result {
  return {
    cuts: 1,
    counted: acked,
    leftOut,
    lost: lost.length,
    cutsWithLoss: lost.length > 0 ? 1 : 0,
    corrupt: faults.length > 0 ? 1 : 0,
    restarts,
  }
}

export function sum(results: readonly Result[]): Result {
  const total = (figure: keyof Result): number => results.reduce((so, result) => so + result[figure], 0)
  return {
    cuts: total('cuts'),
    counted: total('counted'),
    leftOut: total('leftOut'),
    lost: total('lost'),
    cutsWithLoss: total('cutsWithLoss'),
    corrupt: total('corrupt'),
    restarts: total('restarts'),
  }
}

/** How often a WAL was started again, as its header counts it (https://www.sqlite.org/fileformat2.html#walformat); 0 for none. */
export function restartsOf(header: Uint8Array): number {
  return header.byteLength < 16 ? 0 : new DataView(header.buffer, header.byteOffset).getUint32(12)
}
