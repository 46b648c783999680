import { figure, markdownTable } from './table.ts'

/** A figure that the project promises. */
export interface Target {
  readonly what: string
  readonly measured: number
  readonly atLeast?: number
  readonly atMost?: number
}

/** The targets as a table: what was asked, what was measured, and whether that is enough. */
export function targetTable(targets: readonly Target[]): string {
  return markdownTable(
    ['target', 'asked', 'measured', 'met'],
    targets.map(({ what, measured, atLeast = -Infinity, atMost = Infinity }) => [
      what,
      atMost === Infinity ? `≥ ${atLeast}` : `≤ ${atMost}`,
      figure(measured),
      Number.isNaN(measured) ? 'not measured' : measured >= atLeast && measured <= atMost ? 'yes' : 'no',
    ]),
  )
}
