import type { Target } from '../targets.ts'

/** A part of the benchmark. */
export interface Section {
  /** By which it is chosen. */
  readonly name: string
  /** Measures everything once more; rounds are counted from 0. Resolves with what is to be told meanwhile. */
  round(round: number): Promise<string>
  /** The head, what was done, and the table. */
  told(): readonly string[]
  targets(): readonly Target[]
}
