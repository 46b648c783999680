import type { JobId } from '../core/message.ts'
import type { Call, Store } from '../store/store.ts'

interface WaitingCall {
  readonly call: Call
  readonly kept: (ids: Promise<readonly JobId[]>) => void
  readonly refused: (error: unknown) => void
}

/**
 * Where calls wait for room.
 * 1. First come, first served: while one waits, no later one is let in. 2. One that is aborted loses its place.
 */
export class Entrance {
  readonly #store: Store
  /** In the order they came. */
  readonly #waiting = new Set<WaitingCall>()
  #deafen: (() => void) | undefined
  #letting = false

  constructor(store: Store) {
    this.#store = store
  }

  /** False where there is no room, or where others wait for it. */
  tryEnqueue(call: Call): Promise<readonly JobId[]> | false {
    return this.#waiting.size > 0 ? false : this.#store.enqueue(call)
  }

  enqueue(call: Call, signal: AbortSignal | undefined): Promise<readonly JobId[]> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    return this.tryEnqueue(call) || this.#wait(call, signal)
  }

  async #wait(call: Call, signal: AbortSignal | undefined): Promise<readonly JobId[]> {
    const { promise, resolve: kept, reject: refused } = Promise.withResolvers<readonly JobId[]>()
    const waiting: WaitingCall = { call, kept, refused }
    const leave = (): void => {
      this.#waiting.delete(waiting)
      refused(signal?.reason)
      this.#letIn()
    }
    signal?.addEventListener('abort', leave, { once: true })
    this.#waiting.add(waiting)
    this.#deafen ??= this.#store.changed.onRing(() => this.#letIn())
    try {
      return await promise
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }

  /** A call that was let in rings the bell itself. */
  #letIn(): void {
    if (this.#letting) return
    this.#letting = true
    for (const waiting of this.#waiting) {
      try {
        const ids = this.#store.enqueue(waiting.call)
        if (ids === false) break
        waiting.kept(ids)
      } catch (error) {
        waiting.refused(error)
      }
      this.#waiting.delete(waiting)
    }
    this.#letting = false
    if (this.#waiting.size > 0) return
    this.#deafen?.()
    this.#deafen = undefined
  }
}
