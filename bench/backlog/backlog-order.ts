/** What a fresh process is asked to do. */
export type BacklogOrder =
  | { readonly kind: 'scale'; readonly file: string }
  | { readonly kind: 'fill'; readonly file: string; readonly messages: number }
  | { readonly kind: 'drain'; readonly file: string; readonly messages: number; readonly drained: number }
  | { readonly kind: 'small'; readonly file: string; readonly drained: number }
  | { readonly kind: 'heap'; readonly file: string; readonly messages: number; readonly payloadBytes: number }

export interface Resident {
  readonly residentMb: number
}

export interface Drained {
  /** From before the store is opened until a handler was called. */
  readonly firstJobMs: number
  /** The same for the task that has one job, sent last. */
  readonly otherTaskMs: number
  /** Of the whole process, when the first handler was called. */
  readonly residentMb: number
  /** The same once the counted jobs were worked. */
  readonly afterMb: number
  /** Of the whole process at its peak, garbage included. */
  readonly peakMb: number
  readonly perSecond: number
}

export interface Rate {
  readonly perSecond: number
}

/** What each kind of order is answered with. */
export interface Answers {
  readonly scale: Resident
  readonly fill: { readonly fileMb: number }
  readonly drain: Drained
  readonly small: Rate
  readonly heap: { readonly seconds: number; readonly peakMb: number }
}
