import { CircularBuffer } from '../channel/circular-buffer.ts'

/** Priorities are 0 to 15. */
export const HIGHEST_PRIORITY = 15

/** Jobs of one task that are due: the highest priority first, within it first in, first out. */
export class ReadyJobs<T extends { readonly priority: number }> {
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
