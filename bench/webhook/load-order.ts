/** What the process that makes the load is asked to do. */
export interface LoadOrder {
  readonly port: number
  readonly connections: number
  readonly seconds: number
}

/** What it answers. */
export interface Load {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** An answer's mean size, head and body. */
  readonly answerBytes: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** Connections that broke and requests that got no answer. */
  readonly broken: number
}
