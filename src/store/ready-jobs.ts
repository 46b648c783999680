import { CircularBuffer } from '../channel/circular-buffer.ts'
import type { UpstreamRoom } from './store.ts'

/** Priorities are 0 to 15. */
export const HIGHEST_PRIORITY = 15

interface Prioritized {
  readonly priority: number
}

/** Jobs of one task that are due: the highest priority first, within it first in, first out. */
export class ReadyJobs<T extends Prioritized> {
  readonly #buffers: (CircularBuffer<T> | undefined)[] = Array.from({ length: HIGHEST_PRIORITY + 1 })
  /** Bit p is set where a job of priority p waits. */
  #waiting = 0

  add(job: T): void {
    const { priority } = job
    let buffer = this.#buffers[priority]
    if (buffer === undefined) {
      buffer = new CircularBuffer()
      this.#buffers[priority] = buffer
    }
    buffer.push(job)
    this.#waiting |= 1 << priority
  }

  take(): T | undefined {
    if (this.#waiting === 0) return undefined
    const priority = 31 - Math.clz32(this.#waiting)
    const buffer = this.#buffers[priority] as CircularBuffer<T>
    const job = buffer.shift()
    if (buffer.size === 0) this.#waiting &= ~(1 << priority)
    return job
  }
}

interface Source<T> {
  readonly ready: { take(): T | undefined } | undefined
  readonly most: number
  readonly shared: UpstreamRoom | undefined
}

/** Within what some of them share: one of each source, then one more of each, until there are `count`. */
export function takeInTurn<T>(sources: readonly Source<T>[], count: number): T[] {
  const jobs: T[] = []
  const taken = new Map<string, number>()
  for (let turn = 1, before = -1; jobs.length < count && jobs.length > before; turn += 1) {
    before = jobs.length
    for (const { ready, most, shared } of sources) {
      if (turn > most || jobs.length === count) continue
      const ofShared = shared === undefined ? 0 : (taken.get(shared.upstream) ?? 0)
      const job = shared === undefined || ofShared < shared.places ? ready?.take() : undefined
      if (job === undefined) continue
      jobs.push(job)
      if (shared !== undefined) taken.set(shared.upstream, ofShared + 1)
    }
  }
  return jobs
}
