import { Bell } from '../channel/bell.ts'
import type { Clock } from '../core/clock.ts'
import { events } from '../core/events.ts'
import type { TaskUpstream } from '../core/upstream.ts'
import type { Store } from '../store/store.ts'
import { Alarm } from '../core/alarm.ts'
import { SharedUpstream } from './shared-upstream.ts'
import { UPSTREAM_PREFIX } from './upstream-fact.ts'

/** Between two looks at what others have found, in milliseconds. */
const LOOK_MS = 50
/** After the store could not do what it was asked, in milliseconds. */
const REST_MS = 1_000
/** How often one fact is written in a row, where others are quicker each time. */
const MAX_TRIES = 10

export interface SharedUpstreamsOptions {
  readonly store: Pick<Store, 'recall' | 'remember' | 'changed'>
  readonly upstreams: readonly TaskUpstream[]
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Keeps the upstreams of a worker as every process on the store finds them.
 * 1. Who begins knows what the others have found. 2. What is found here is told at once, and never over what others have told since
 * it was read. 3. While the store fails each goes by what it finds itself.
 */
export class SharedUpstreams {
  readonly #store: SharedUpstreamsOptions['store']
  readonly #clock: Clock
  readonly #shared: readonly SharedUpstream[]
  readonly #bell = new Bell()
  readonly #alarm: Alarm
  /** Whether others may have told something since the last look. */
  #mayHear = false
  /** No look, and nothing told, before these, by `clock.elapsed()`. */
  #lookAt = 0
  #tellAt = 0
  #deafen: readonly (() => void)[] = []
  #stop = new AbortController()
  #loop: Promise<void> | undefined

  constructor({ store, upstreams, clock, random }: SharedUpstreamsOptions) {
    this.#store = store
    this.#clock = clock
    this.#shared = upstreams.map((upstream) => new SharedUpstream({ upstream, clock, random }))
    this.#alarm = new Alarm(clock, () => this.#bell.ring())
  }

  /** Resolves once the upstreams are as others have found them, or the store could not say. */
  async begin(): Promise<void> {
    await this.#look()
    this.#deafen = [
      this.#store.changed.onRing(() => this.#lookSoon()),
      ...this.#shared.map((shared) => shared.onNews(() => this.#bell.ring())),
    ]
    this.#stop = new AbortController()
    this.#loop = this.#run(this.#stop.signal)
  }

  /** Resolves once what was found here is told, or could not be. */
  async end(): Promise<void> {
    for (const each of this.#deafen) each()
    this.#stop.abort()
    this.#bell.ring()
    await this.#loop
    this.#alarm.cancel()
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#poll()
      await this.#bell.sleep()
    }
    await this.#tell()
  }

  async #poll(): Promise<void> {
    if (this.#mayHear && this.#mayAt(this.#lookAt)) await this.#look()
    if (this.#shared.some(({ hasNews }) => hasNews) && this.#mayAt(this.#tellAt)) await this.#tell()
  }

  /** Whether that time has come; where not, the bell rings when it has. */
  #mayAt(at: number): boolean {
    const may = at <= this.#clock.elapsed()
    if (!may) this.#alarm.set(at)
    return may
  }

  #lookSoon(): void {
    this.#mayHear = true
    this.#alarm.set(Math.max(this.#lookAt, this.#clock.elapsed()))
  }

  /** False where the store could not say. */
  async #look(): Promise<boolean> {
    this.#mayHear = false
    this.#lookAt = this.#clock.elapsed() + LOOK_MS
    try {
      const facts = new Map((await this.#store.recall(UPSTREAM_PREFIX)).map(({ name, value }) => [name, value]))
      for (const shared of this.#shared) shared.heard(facts.get(shared.name))
      return true
    } catch (error) {
      this.#failed('recall', error)
      return false
    }
  }

  async #tell(): Promise<void> {
    try {
      for (const shared of this.#shared) {
        // Whoever was quicker is heard first.
        for (let tries = 0; shared.hasNews && tries < MAX_TRIES; tries += 1) {
          if (!(await shared.tell(this.#store)) && !(await this.#look())) return
        }
      }
    } catch (error) {
      this.#failed('remember', error)
    }
  }

  #failed(verb: 'recall' | 'remember', error: unknown): void {
    events['store.failed'].publish({ verb, error })
    this.#mayHear = true
    this.#lookAt = this.#clock.elapsed() + REST_MS
    this.#tellAt = this.#lookAt
    this.#alarm.set(this.#lookAt)
  }
}
