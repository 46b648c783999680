import type { CallSize } from './subject.ts'
import type { SubjectName } from './subjects.ts'

/** What a fresh process is asked to measure. */
export interface CaseOrder {
  readonly subject: SubjectName
  readonly callSize: CallSize
  readonly failing: boolean
  readonly messages: number
  readonly measure: 'speed' | 'heap' | 'lateness'
  /** How long lateness is measured; the messages then start again and again. */
  readonly latenessMs: number
}

export interface Speed {
  readonly ms: number
  /** How far the resident set grew at its peak: garbage, compiled code and all. */
  readonly residentMb: number
}

export interface Heap {
  /** How far the heap grew at its peak, garbage not counted. */
  readonly growthMb: number
}

/** How late an interval of 10 ms fired. */
export interface Late {
  readonly p999Ms: number
  readonly maxMs: number
}
