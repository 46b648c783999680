export type Row = readonly string[]

/** A Markdown table: the first column to the left, the others, which hold figures, to the right. */
export function markdownTable(head: Row, rows: readonly Row[]): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** A figure with as many digits as its size deserves; a dash where it was not measured. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
