import { type Clock, systemClock } from '../../src/core/clock.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { type By, CAPACITY } from './model-steps.ts'

/** So many deaths that none of a model ends a job. */
const MAX_DEATHS = 1_000

/** One store on a file, or two, as two processes would have them. Each is opened when it is first asked. */
export class Stores implements AsyncDisposable {
  readonly isAlone: boolean
  readonly #path: string
  readonly #clock: Clock
  readonly #opened = new Map<By, Store>()
  #last: By = 0

  constructor(path: string, isAlone: boolean, now: () => number) {
    this.#path = path
    this.isAlone = isAlone
    this.#clock = { ...systemClock, now }
  }

  get opened(): readonly Store[] {
    return [...this.#opened.values()]
  }

  /** The one that was asked last. */
  get last(): Store {
    return this.of(this.#last)
  }

  of(by: By): Store {
    const store = this.#opened.get(by) ?? this.#open()
    this.#opened.set(by, store)
    this.#last = by
    return store
  }

  #open(): Store {
    return openSqlite(this.#path, {
      durability: 'process',
      maxPending: CAPACITY,
      maxDeaths: MAX_DEATHS,
      clock: this.#clock,
    })
  }

  async close(...all: readonly By[]): Promise<void> {
    for (const by of all) {
      await this.#opened.get(by)?.[Symbol.asyncDispose]()
      this.#opened.delete(by)
    }
  }

  /** A store may hold jobs that it has not handed out yet: gives them back. */
  async putBack(now: number): Promise<void> {
    for (const store of this.opened) await store.claim({ owner: 'model', places: 0, room: [], now })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close(0, 1)
  }
}
