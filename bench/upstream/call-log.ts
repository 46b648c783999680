import { systemClock } from '../../src/core/clock.ts'

export type Api = 'receipts' | 'spreadsheets'

/** One call, as the process that made it saw it. Times are those of `clock.elapsed()`, in milliseconds. */
export interface LoggedCall {
  readonly api: Api
  readonly ticketId: string
  readonly beganAt: number
  /** Calls of this API under way when it began, with this one. */
  readonly atOnce: number
  readonly endedAt: number
  /** Whether it was answered as it should. */
  readonly ok: boolean
}

/** Writes down the calls that are made through it, in the order in which they end. */
export class CallLog {
  readonly calls: LoggedCall[] = []
  readonly #underWay: Record<Api, number> = { receipts: 0, spreadsheets: 0 }
  readonly #done: Readonly<Record<Api, Set<string>>> = { receipts: new Set(), spreadsheets: new Set() }
  #awaited = Number.POSITIVE_INFINITY
  readonly #complete = Promise.withResolvers<void>()

  async logged<Result>(api: Api, ticketId: string, call: () => Promise<Result>): Promise<Result> {
    const beganAt = systemClock.elapsed()
    const atOnce = (this.#underWay[api] += 1)
    const end = (ok: boolean): void => {
      this.#underWay[api] -= 1
      this.calls.push({ api, ticketId, beganAt, atOnce, endedAt: systemClock.elapsed(), ok })
    }
    try {
      const result = await call()
      end(true)
      this.#done[api].add(ticketId)
      this.#tellIfComplete()
      return result
    } catch (thrown) {
      end(false)
      throw thrown
    }
  }

  /** Resolves once both calls of so many tickets were answered as they should. */
  complete(tickets: number): Promise<void> {
    this.#awaited = tickets
    this.#tellIfComplete()
    return this.#complete.promise
  }

  #tellIfComplete(): void {
    if (Math.min(this.#done.receipts.size, this.#done.spreadsheets.size) >= this.#awaited) this.#complete.resolve()
  }
}
