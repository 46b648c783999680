import { WillcallError } from '../core/errors.ts'
import { isPlain } from '../core/payload.ts'
import { areOwn, OWN_PREFIX } from './own-headers.ts'

/** Most headers of one record. Those of the library come on top, here and in the bytes. */
export const MAX_HEADERS = 100
/** Most bytes of UTF-8 that the names and values of one record's headers have together. */
export const MAX_HEADER_BYTES = 65_536
/** Longest name of a header, in UTF-16 code units. */
export const MAX_HEADER_NAME = 100
/** Most bytes of UTF-8 that one UTF-16 code unit can have. */
const MAX_UNIT_BYTES = 3

/** The headers as a JSON object of texts, checked; undefined where there are none. `index`: of their record in its call. */
export function writtenHeaders(headers: unknown, index: number): string | undefined {
  if (typeof headers !== 'object' || headers === null || !isPlain(headers)) {
    throw refused(index, `must be a plain object of texts, got ${shown(headers)}`, headers)
  }
  const texts: Record<string, string> = {}
  let count = 0
  let own = 0
  let units = 0
  for (const name in headers) {
    const value = checkedValue(name, (headers as Record<string, unknown>)[name], headers, index)
    checkName(name, headers, index)
    texts[name] = value
    count += 1
    if (name.startsWith(OWN_PREFIX)) own += 1
    else units += name.length + value.length
    if (count - own > MAX_HEADERS) throw refused(index, `must be at most ${MAX_HEADERS}, got more`, headers)
  }
  if (units * MAX_UNIT_BYTES > MAX_HEADER_BYTES) checkBytes(texts, headers, index)
  return count === 0 ? undefined : JSON.stringify(texts)
}

function checkBytes(texts: Readonly<Record<string, string>>, headers: object, index: number): void {
  let bytes = 0
  for (const [name, value] of Object.entries(texts)) {
    if (!name.startsWith(OWN_PREFIX)) bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  }
  if (bytes <= MAX_HEADER_BYTES) return
  throw refused(index, `must have at most ${MAX_HEADER_BYTES} bytes together, got ${bytes}`, headers)
}

function checkName(name: string, headers: object, index: number): void {
  if (name.length === 0 || name.length > MAX_HEADER_NAME || !name.isWellFormed() || name === '__proto__') {
    const why = `must have names of 1 to ${MAX_HEADER_NAME} well-formed characters, but __proto__, got ${shown(name)}`
    throw refused(index, why, headers)
  }
  if (name.startsWith(OWN_PREFIX) && !areOwn(headers)) {
    throw refused(index, `must have names that do not begin with ${OWN_PREFIX}, got ${shown(name)}`, headers)
  }
}

function checkedValue(name: string, value: unknown, headers: object, index: number): string {
  if (typeof value === 'string' && value.isWellFormed()) return value
  throw refused(index, `must be well-formed texts, got ${shown(value)} as ${name}`, headers)
}

const refused = (index: number, why: string, given: unknown): WillcallError =>
  new WillcallError('invalid_option', `the headers of records[${index}] ${why}`, { given })

/** The beginning of a text, as it can be told; the kind of anything else. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}
