import { WillcallError } from '../core/errors.ts'
import type { JobId } from '../core/message.ts'
import { Heap } from './heap.ts'
import type { Once } from './store.ts'

/** Most keys remembered at once, in use or ended; past that, sends with a new key are refused. */
export const MAX_ONCE_KEYS = 1_000_000

/** One key in use: by a job, or by a whole call. */
export interface OnceEntry {
  readonly once: Once
  readonly ids: readonly JobId[]
  /** Jobs of it that have not ended. */
  living: number
  /** When it may be forgotten; Infinity while a job of it lives. */
  endsAt: number
}

interface Expiry {
  readonly at: number
  readonly entry: OnceEntry
}

/** Which keys are taken, and by which jobs. A key is free again `forMs` after the last of its jobs ended. */
export class OnceMemory {
  readonly #entries = new Map<string, OnceEntry>()
  readonly #expiries = new Heap<Expiry>((a, b) => a.at < b.at)

  /** The entry that holds this key, if its content is the same; throws `conflict` if it is another. */
  find(once: Once, now: number): OnceEntry | undefined {
    this.#forget(now)
    const entry = this.#entries.get(once.key)
    if (entry !== undefined && entry.once.content !== once.content) throw conflict(once.key)
    return entry
  }

  /** How many of a call's jobs are there already, from before or from further up in the call; throws `conflict` or `no_room`. */
  countTaken(onces: readonly (Once | undefined)[], now: number): number {
    const { taken, keys } = takenOf(onces, (once) => this.find(once, now) !== undefined)
    this.#checkRoom(keys + 1)
    return taken
  }

  #checkRoom(count: number): void {
    if (this.#entries.size + count <= MAX_ONCE_KEYS) return
    throw new WillcallError('no_room', `the message could not be kept: ${MAX_ONCE_KEYS} once keys are remembered`)
  }

  /** Takes the key for these jobs. */
  add(once: Once, ids: readonly JobId[], living: number, now: number): OnceEntry {
    const entry: OnceEntry = { once, ids, living, endsAt: Number.POSITIVE_INFINITY }
    this.#entries.set(once.key, entry)
    if (living === 0) this.#expire(entry, now)
    return entry
  }

  /** A job of the entry ended. */
  ended(entry: OnceEntry, now: number): void {
    entry.living -= 1
    if (entry.living === 0) this.#expire(entry, now)
  }

  /** A dead job of the entry was brought back. */
  revived(entry: OnceEntry): void {
    entry.living += 1
    entry.endsAt = Number.POSITIVE_INFINITY
    if (!this.#entries.has(entry.once.key)) this.#entries.set(entry.once.key, entry)
  }

  #expire(entry: OnceEntry, now: number): void {
    entry.endsAt = now + entry.once.forMs
    this.#expiries.add({ at: entry.endsAt, entry })
  }

  #forget(now: number): void {
    for (let first = this.#expiries.first; first !== undefined && first.at <= now; first = this.#expiries.first) {
      this.#expiries.take()
      const { entry } = first
      if (entry.endsAt <= now && this.#entries.get(entry.once.key) === entry) this.#entries.delete(entry.once.key)
    }
  }
}

/**
 * How many of a call's jobs are there already, from before (`isThere`) or from further up in the call, and how many keys the call
 * names; throws `conflict` where one key stands for two contents.
 */
export function takenOf(
  onces: readonly (Once | undefined)[],
  isThere: (once: Once) => boolean,
): { readonly taken: number; readonly keys: number } {
  const contents = new Map<string, string>()
  let taken = 0
  for (const once of onces) {
    if (once === undefined) continue
    const earlier = contents.get(once.key)
    if (earlier !== undefined && earlier !== once.content) throw conflict(once.key)
    if (earlier !== undefined || isThere(once)) taken += 1
    contents.set(once.key, once.content)
  }
  return { taken, keys: contents.size }
}

export function conflict(key: string): WillcallError {
  return new WillcallError(
    'conflict',
    `the message could not be kept: another one was sent under the same once key, ${JSON.stringify(key)}`,
    {
      given: key,
    },
  )
}
