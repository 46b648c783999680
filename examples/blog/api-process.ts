import { type Child, startChild } from '../shared/child.ts'
import type { Kill } from './plan.ts'
import type { Post } from './post.ts'
import { type WayName, ways } from './ways/ways.ts'

/** An API that has not ended this long after SIGTERM is killed. */
const STOP_MS = 5_000

export interface ApiOptions {
  readonly way: WayName
  readonly database: string
  /** Each API meets the first that is left. */
  readonly kills: readonly Kill[]
  /** The folder where each finds what the one before has compiled: so many are started that it counts. */
  readonly compiled: string
  readonly signal: AbortSignal
}

/** The API in a process of its own. After each kill another one goes on with what that has left. */
export class ApiProcess implements AsyncDisposable {
  readonly #options: ApiOptions
  #kills: readonly Kill[]
  #child: Promise<Child>

  constructor(options: ApiOptions) {
    this.#options = options
    this.#kills = options.kills
    this.#child = this.#start()
  }

  /** Asks once. False where the API was killed, and nobody knows whether the post is there; the next one listens then. */
  async publish(post: Post): Promise<boolean> {
    const child = await this.#child
    const isLast = this.#kills[0]?.post === post.id
    try {
      const response = await fetch(`${child.url}/posts`, {
        method: 'POST',
        body: JSON.stringify(post),
        signal: this.#options.signal,
      })
      if (response.status !== 202) throw new Error(`the API answered ${response.status}: ${await response.text()}`)
      await response.body?.cancel()
    } catch (error) {
      if (!isLast || this.#options.signal.aborted) throw error
      const how = await child.ended
      if (how !== 'SIGKILL') throw new Error(`the API ended with ${how} instead of SIGKILL`, { cause: error })
      this.#kills = this.#kills.slice(1)
      this.#child = this.#start()
      await this.#child
      return false
    }
    if (isLast) throw new Error(`the API lived on after ${post.id}, at which it was to be killed`)
    return true
  }

  #start(): Promise<Child> {
    const { way, database, compiled } = this.#options
    const [kill] = this.#kills
    const fate = { DIES_AT: kill?.post, DIES_AFTER: kill && String(writesBefore(kill, way)) }
    return startChild({
      name: 'the API',
      main: new URL('api/main.ts', import.meta.url),
      env: { WAY: way, DATABASE: database, NODE_COMPILE_CACHE: compiled, ...fate },
      stopMs: STOP_MS,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = await this.#child.catch(() => undefined)
    await child?.stop()
  }
}

/** Of the row of the post and each message; at least the row. */
const writesBefore = ({ at }: Kill, way: WayName): number => Math.ceil(at * (1 + ways[way].messages))
