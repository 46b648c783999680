import { shownNumber } from './progress.ts'

/** A line of names above a line of numbers, aligned to the right; a number that nobody knows is `-`. */
export function tableOf(columns: Readonly<Record<string, number | undefined>>): string {
  const cells = Object.entries(columns).map(([name, value]) => [name, value === undefined ? '-' : shownNumber(value)])
  const width = cells.map((cell) => Math.max(...cell.map((text) => text.length)))
  return [0, 1].map((row) => cells.map((cell, at) => cell[row]?.padStart(width[at] ?? 0)).join('  ')).join('\n')
}
