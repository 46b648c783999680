/** Rows of cells below their names: what is first in a row is aligned to the left, the others to the right. */
export function tableOf(names: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const all = [names, ...rows].map((row) => row.map(String))
  const widths = names.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((row) => row.join('  '))
    .join('\n')
}
