import type { Broker, Order } from '../../src/broker/broker.ts'
import { Tally } from '../durable/tally.ts'
import { Ledger } from '../memory/ledger.ts'
import { KEYS, type Sale, TOPIC } from './sale.ts'

/** Records that a group has in work at once. */
export const CONCURRENCY = 10

export interface GroupReaderOptions {
  readonly topics: Broker
  readonly group: string
  readonly records: number
  readonly order: Order
  /** Called in each handler. Default: nothing is. */
  readonly ran?: (n: number) => void
}

/** A group with one member, whose handler does nothing; it knows what it has read. */
export class GroupReader {
  readonly #options: GroupReaderOptions
  readonly #ledger: Ledger
  readonly #tally = new Tally()
  readonly #stop = new AbortController()
  readonly #subscription: Promise<void>
  /** By key, the last record that was begun. */
  readonly #last = new Int32Array(KEYS).fill(-1)
  #overtaken: number | undefined

  constructor(options: GroupReaderOptions) {
    const { topics, group, records, order } = options
    this.#options = options
    this.#ledger = new Ledger(records, false)
    this.#subscription = topics.subscribe<Sale>({
      topics: [TOPIC],
      group,
      order,
      concurrency: CONCURRENCY,
      signal: this.#stop.signal,
      run: async ({ n }) => this.#ran(n),
    })
  }

  #ran(n: number): void {
    const key = n % KEYS
    if (n <= (this.#last[key] as number)) this.#overtaken ??= n
    this.#last[key] = n
    this.#ledger.ran(n)
    this.#options.ran?.(n)
    this.#tally.add()
  }

  /** Resolves once each record was handled. */
  async all(): Promise<void> {
    await Promise.race([this.#tally.reached(this.#options.records), this.#subscription])
  }

  /** Resolves once all is committed. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#subscription
  }

  /** Throws where a record was lost or doubled, came in the wrong order, or is not committed. */
  async check(): Promise<void> {
    const { topics, group, records, order } = this.#options
    this.#ledger.close(records)
    if (this.#overtaken !== undefined && order !== 'none')
      throw new Error(`record ${this.#overtaken} came after a later one of its key in the group ${group}`)
    for (const { partition, lag } of await topics.lag(group)) {
      if (lag !== 0) throw new Error(`the group ${group} must have committed all of partition ${partition}, not ${lag}`)
    }
  }
}
