import { shownNumber } from './progress.ts'

/** Numbers by name; one that nobody knows is `-`. */
export type Numbers = Readonly<Record<string, number | undefined>>

/** A line of names above a line of numbers, aligned to the right. */
export function tableOf(numbers: Numbers): string {
  const cells = cellsOf(numbers).map((cell) => ({ cell, width: Math.max(...cell.map((text) => text.length)) }))
  return [0, 1].map((row) => cells.map(({ cell, width }) => cell[row]?.padStart(width)).join('  ')).join('\n')
}

/** A line for each name with its number. */
export function listOf(numbers: Numbers): string {
  const cells = cellsOf(numbers)
  const [nameWidth, width] = [0, 1].map((column) => Math.max(...cells.map((cell) => cell[column]?.length ?? 0)))
  return cells
    .map(([name = '', number = '']) => `${name.padEnd(nameWidth ?? 0)}  ${number.padStart(width ?? 0)}`)
    .join('\n')
}

const cellsOf = (numbers: Numbers): readonly (readonly string[])[] =>
  Object.entries(numbers).map(([name, value]) => [name, value === undefined ? '-' : shownNumber(value)])
