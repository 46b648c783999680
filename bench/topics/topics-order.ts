import type { Order } from '../../src/broker/broker.ts'

/** How records are published: so many callers at once, each awaits its call of so many records before its next. */
export interface Calls {
  readonly callers: number
  readonly size: number
}

/** What a fresh process is asked to do. */
export type TopicsOrder =
  | {
      readonly kind: 'publish'
      readonly subject: 'raw' | 'willcall'
      readonly file: string
      readonly calls: Calls
      /** Records before the clock starts, and while it runs. */
      readonly warmUp: number
      readonly records: number
    }
  | { readonly kind: 'fill'; readonly file: string; readonly records: number }
  | {
      readonly kind: 'read'
      readonly file: string
      readonly records: number
      readonly groups: readonly string[]
      readonly order: Order
    }
  | {
      readonly kind: 'work'
      readonly file: string
      /** Whether topics are open and two subscriptions wait. */
      readonly topics: boolean
      readonly warmUp: number
      readonly messages: number
    }
  | { readonly kind: 'neighbours'; readonly file: string; readonly records: number; readonly beside: Beside }

/**
 * How the two groups beside the eight are. But for `well`, the handler of one hangs, and that of the other fails: each record has all
 * its attempts (`fails`), or one (`buries`), so that it dies at once.
 */
export type Beside = 'well' | 'fails' | 'buries'

export interface Took {
  readonly ms: number
  /** Of the processor, by all threads of the process. */
  readonly cpuMs: number
}

/** What each kind of order is answered with. */
export interface Answers {
  readonly publish: Took
  readonly fill: { readonly fileMb: number }
  readonly read: Took & {
    /** Of the whole process at its peak, garbage included. */
    readonly peakMb: number
    /** What the heap held at most when all garbage was collected, beyond what it held before; only with `--expose-gc`. */
    readonly heldMb?: number
  }
  readonly work: Took
  readonly neighbours: Took
}

/** Has a fresh process follow an order; `flags` are those of Node. */
export type Ask = <Kind extends TopicsOrder['kind']>(
  order: Extract<TopicsOrder, { readonly kind: Kind }>,
  ...flags: readonly string[]
) => Promise<Answers[Kind]>
