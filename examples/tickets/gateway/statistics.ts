import type { Reply } from './failure.ts'

/** Calls as the caller sees them: each arrives, and is then answered as asked, refused (4xx) or failed. */
export interface CallCounts {
  readonly calls: number
  readonly refused: number
  readonly failures: number
  /** The failures, by the name of the failure. */
  readonly failuresByName: Readonly<Record<string, number>>
  /** Calls whose answer was late. That is a failure, too, only where the caller had gone before it came. */
  readonly slow: number
}

/** What the gateway counted since it started: in all, and for each endpoint. */
export interface Statistics<Endpoint extends string = string> extends CallCounts {
  readonly endpoints: Readonly<Record<Endpoint, CallCounts>>
}

/** Counts the calls of one endpoint. */
export class Tally {
  #calls = 0
  #refused = 0
  #slow = 0
  readonly #failuresByName = new Map<string, number>()

  arrived(): void {
    this.#calls += 1
  }

  held(): void {
    this.#slow += 1
  }

  /** Takes the answer to a call that did not fail. */
  answered({ status }: Reply): void {
    if (status >= 500) this.failed('no room')
    else if (status >= 400) this.#refused += 1
  }

  failed(name: string): void {
    this.#failuresByName.set(name, (this.#failuresByName.get(name) ?? 0) + 1)
  }

  counts(): CallCounts {
    return {
      calls: this.#calls,
      refused: this.#refused,
      failures: [...this.#failuresByName.values()].reduce((total, count) => total + count, 0),
      failuresByName: Object.fromEntries(this.#failuresByName),
      slow: this.#slow,
    }
  }
}

/** All of them together. */
export function sumOf(counts: readonly CallCounts[]): CallCounts {
  const failuresByName: Record<string, number> = {}
  for (const [name, count] of counts.flatMap((each) => Object.entries(each.failuresByName))) {
    failuresByName[name] = (failuresByName[name] ?? 0) + count
  }
  return {
    calls: counts.reduce((total, { calls }) => total + calls, 0),
    refused: counts.reduce((total, { refused }) => total + refused, 0),
    failures: counts.reduce((total, { failures }) => total + failures, 0),
    failuresByName,
    slow: counts.reduce((total, { slow }) => total + slow, 0),
  }
}
