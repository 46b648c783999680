import type { OfficeOptions } from './office.ts'
import type { Bytes } from './caller.ts'

/** Bytes that are refused, and how. */
export interface WireRefusal {
  readonly name: string
  readonly options?: OfficeOptions
  readonly request: Uint8Array
  readonly status: number
  readonly detail: RegExp
  /** The time after which the answer comes; where it is left out, it comes at once. */
  readonly afterMs?: number
  /** Whether the connection is closed, and not left good for the next order. */
  readonly isClosed?: boolean
}

export type BodyRow = readonly [name: string, body: Bytes, detail: RegExp]
