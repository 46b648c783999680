import { isSecretName } from './secret-name.ts'

/** Stands for what may not be told. */
export const HIDDEN = '[…]'

/** A name, in quotes or not, up to the value: `"name": `, `name=`, `name: `, `<name>`; quotes may be escaped, `=` percent-encoded. */
const NAME = /((?:(?:access|api|private|secret) )?[a-z_][\w.[\]-]{0,63})(?:\\*["'])?\s*(=>|[:=>]|%3[ad])\s*/gi
/** Up to what cannot be a part of it; a scheme before it belongs to it. */
const BARE = /(?:(?:basic|bearer|digest|negotiate|token)\s+)?[^\s&"<]+/iy
const UP_TO_TAG = /[^<]*/y
const UP_TO_END_OF_LINE = /[^\r\n"'<]*/y
const QUOTE = /(\\*)(["'])/y
const NOTHING = /(?:null|true|false|undefined)\b/y

/** The text with the values of its JSON fields, form fields, headers and elements of secret names hidden. */
export function withoutSecretFields(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), hidden)
  } catch {
    return scanned(text)
  }
}

function hidden(name: string, value: unknown): unknown {
  if (isSecretName(name) && value !== null && typeof value !== 'boolean') return HIDDEN
  return typeof value === 'string' ? scanned(value) : value
}

/** What is no JSON, or was cut off: whatever cannot be told from a value is hidden with it. */
function scanned(text: string): string {
  const plain = text
    .replace(/\\u([\da-f]{4})/gi, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)))
    .replace(/\/\/[^/\s@"'<>]+@/g, `//${HIDDEN}@`)
  let shown = ''
  let from = 0
  for (const { 0: all, 1: name = '', 2: separator = '', index } of plain.matchAll(NAME)) {
    if (plain[index - 1] === '/' || !isSecretName(name)) continue
    const [start, end] = valueAt(plain, index + all.length, name, separator)
    if (end <= Math.max(start, from)) continue
    // One that begins within a hidden value, `password: token: …`, goes on with it.
    if (index >= from) shown += plain.slice(from, start) + HIDDEN
    from = end
  }
  return shown + plain.slice(from)
}

/** Where the value begins and where it ends. */
function valueAt(text: string, at: number, name: string, separator: string): readonly [number, number] {
  if (lengthAt(NOTHING, text, at) > 0) return [at, at]
  const quote = matchAt(QUOTE, text, at)
  if (quote !== undefined) return [at + quote[0].length, endOfQuoted(text, at + quote[0].length, quote)]
  if (/[[{]/.test(text[at] ?? '')) return [at, text.length]
  const isLine = /authorization|cookie/i.test(name) && separator === ':'
  const bare = separator === '>' ? UP_TO_TAG : isLine ? UP_TO_END_OF_LINE : BARE
  return [at, at + lengthAt(bare, text, at)]
}

/** At a quote of the same kind with as many backslashes or fewer: with more it is a part of the value. */
function endOfQuoted(text: string, start: number, [, backslashes = '', quote = '']: RegExpExecArray): number {
  for (const { 0: run, index } of text.slice(start).matchAll(/\\*["']/g)) {
    if (run.endsWith(quote) && run.length <= backslashes.length + 1) return start + index
  }
  return text.length
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

const lengthAt = (pattern: RegExp, text: string, at: number): number => matchAt(pattern, text, at)?.[0].length ?? 0
