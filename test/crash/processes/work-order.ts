/** How a handler ends; `briefly` takes up to 5 ms, `busy` blocks the event loop for 1.5 s. */
export type HowItEnds = 'at_once' | 'briefly' | 'when_told' | 'never' | 'busy'

/** What a worker in a process, or a thread, of its own does. */
export interface WorkOrder {
  readonly path: string
  /** Messages that it sends one by one, numbered from `first`. Default 0. */
  readonly sends?: number
  /** Default 1. */
  readonly first?: number
  readonly handlers: HowItEnds
  readonly concurrency?: number
  readonly graceMs?: number
  readonly deadlineMs?: number
  /** `when_idle`: it stops by itself; `when_told`: it then sends no more, and stops when idle. `by_signal`: SIGTERM stops it. */
  readonly stops: 'when_idle' | 'when_told' | 'by_signal'
}
