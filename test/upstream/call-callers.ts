import assert from 'node:assert/strict'
import ky from 'ky'
import { errorText, type FailedCall, type UpstreamError } from '../../src/index.ts'
import type { Clock } from '../../src/core/clock.ts'
import type { ReportedUpstream } from '../../src/upstream/call/reporter.ts'
import { upstreamFetch, type Fetch } from '../../src/upstream/fetch.ts'
import { upstreamHooks } from '../../src/upstream/ky.ts'

/** An upstream that only writes down what it is told. */
export class Told {
  readonly name = 'api'
  readonly all: ('answered' | UpstreamError)[] = []

  answered(): void {
    this.all.push('answered')
  }

  failed(error: UpstreamError): void {
    this.all.push(error)
  }

  /** In words. */
  get words(): readonly ('answered' | 'failed')[] {
    return this.all.map((one) => (one === 'answered' ? one : 'failed'))
  }
}

interface Means {
  readonly fetch?: Fetch
  readonly clock?: Clock
}

/** A way to call an API that reports to its upstream. */
export interface Caller {
  readonly name: string
  readonly make: (told: ReportedUpstream, means?: Means) => Fetch
}

export const callers: readonly Caller[] = [
  {
    name: 'ky with upstreamHooks',
    make: (told, { fetch, clock } = {}) => {
      const api = ky
        .create({ timeout: false, ...(fetch && { fetch }) })
        .extend(upstreamHooks(told, { ...(clock && { clock }) }))
      return async (input, init) => await api(input, init)
    },
  },
  {
    name: 'upstreamFetch',
    make: (told, { fetch, clock } = {}) => upstreamFetch(told, fetch, { ...(clock && { clock }) }),
  },
]

/** What a promise was rejected with. */
export async function thrownBy(call: Promise<unknown>): Promise<Error> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof Error, `no Error was thrown: ${String(error)}`)
    return error
  }
  return assert.fail('nothing was thrown')
}

export const givenOf = (error: Error): FailedCall => (error as unknown as { given: FailedCall }).given

/** All that a log or a debugger could print of it. */
export const everythingOf = (error: Error): string =>
  [
    errorText(error),
    JSON.stringify(givenOf(error)),
    String(error.stack),
    String((error.cause as Error | undefined)?.stack),
  ].join('\n')
