import { WaitingLine } from '../channel/waiting-line.ts'
import type { JobId } from '../core/message.ts'
import type { Call, Store } from '../store/store.ts'

type Ids = readonly JobId[]

/**
 * Where calls wait for room.
 * 1. First come, first served: while one waits, no later one is let in. 2. One that is aborted loses its place.
 */
export class Entrance {
  readonly #store: Store
  readonly #waiting: WaitingLine<Call, Ids>
  #deafen: (() => void) | undefined
  #letting = false

  constructor(store: Store) {
    this.#store = store
    this.#waiting = new WaitingLine(() => this.#letIn())
  }

  /** False where there is no room, or where others wait for it. */
  tryEnqueue(call: Call): Promise<Ids> | false {
    return this.#waiting.first === undefined && this.#store.enqueue(call)
  }

  enqueue(call: Call, signal: AbortSignal | undefined): Promise<Ids> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    return this.tryEnqueue(call) || this.#wait(call, signal)
  }

  #wait(call: Call, signal: AbortSignal | undefined): Promise<Ids> {
    this.#deafen ??= this.#store.changed.onRing(() => this.#letIn())
    return this.#waiting.wait(call, signal)
  }

  /** A call that is let in rings the bell itself. */
  #letIn(): void {
    if (this.#letting) return
    this.#letting = true
    for (let waiter = this.#waiting.first; waiter !== undefined; waiter = this.#waiting.first) {
      try {
        const ids = this.#store.enqueue(waiter.given)
        if (ids === false) break
        waiter.resolve(ids)
      } catch (error) {
        waiter.reject(error)
      }
      this.#waiting.shift()
    }
    this.#letting = false
    if (this.#waiting.first !== undefined) return
    this.#deafen?.()
    this.#deafen = undefined
  }
}
