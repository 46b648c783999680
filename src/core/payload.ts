import { errorText } from './error-text.ts'
import { type Issue, issueText, PayloadError } from './errors.ts'

/** Most bytes that one payload may have as JSON. */
export const MAX_PAYLOAD_BYTES = 1_048_576
/** Deepest nesting of a payload; the payload itself is level 1. */
export const MAX_PAYLOAD_DEPTH = 32
/**
 * A value is counted with the fewest bytes that it can have. A UTF-16 code unit has at most 6 times that (`\u0000`), a number
 * 13 times (25 digits and signs, and a comma), so below a 13th no exact count is needed.
 */
const SURELY_FITS = MAX_PAYLOAD_BYTES / 13
/** Most bytes of UTF-8 that one UTF-16 code unit of JSON can have. */
const MAX_UNIT_BYTES = 3

/** What an error about a payload tells: whose it is, and what was given. */
export interface PayloadSubject {
  readonly what: string
  readonly given: unknown
}

/**
 * The message without its `task`, checked: an object of JSON values, at most 1 MiB, at most 32 levels deep. Fields that are
 * undefined are left out, as JSON does. Nested values are passed, not copied.
 */
export function payloadOf(message: { readonly task: string }): object {
  const payload: Record<string, unknown> = {}
  const fields = message as unknown as Record<string, unknown>
  const subject: PayloadSubject = { what: 'the payload', given: message }
  let size = 1
  if (!isPlain(message)) throw refused(subject, [], 'a message must be a plain object')
  for (const name in fields) {
    if (name === 'task') continue
    const value = fields[name]
    if (value === undefined) continue
    size += name.length + 4 + sizeOf(value, name, subject)
    if (size > MAX_PAYLOAD_BYTES) throw tooLarge(subject, size)
    payload[name] = value
  }
  if (size > SURELY_FITS) checkBytes(JSON.stringify(payload), subject)
  return payload
}

/** `value` as JSON, which it must be as it is: at most 1 MiB, at most 32 levels deep. */
export function jsonOf(value: unknown, subject: PayloadSubject): string {
  const isNested = typeof value === 'object' && value !== null
  const size = isNested ? nestedSize(value, [], subject) : leafSize(value, [], subject)
  if (size > MAX_PAYLOAD_BYTES) throw tooLarge(subject, size)
  const json: string | undefined = JSON.stringify(value)
  if (json === undefined) throw refused(subject, [], `a ${typeof value} whose JSON is nothing is not a JSON value`)
  if (json.length * MAX_UNIT_BYTES > MAX_PAYLOAD_BYTES) checkBytes(json, subject)
  return json
}

/** What is wrong with `value` as a JSON value, or undefined. For results, which may be anything. */
export function notJson(value: unknown): string | undefined {
  const subject: PayloadSubject = { what: 'the result', given: value }
  try {
    const size = sizeOf(value, 'result', subject)
    if (size > SURELY_FITS) checkBytes(JSON.stringify(value), subject)
    return undefined
  } catch (error) {
    if (!(error instanceof PayloadError)) return errorText(error)
    return error.issues.map(issueText).join('; ')
  }
}

/** A lower bound of the JSON's length. Flat values are answered here, without a stack. */
function sizeOf(value: unknown, name: string, subject: PayloadSubject): number {
  if (name === '__proto__') throw refused(subject, [name], 'a field cannot be named __proto__')
  switch (typeof value) {
    case 'string':
      return value.length + 2
    case 'number':
      if (!Number.isFinite(value)) throw refused(subject, [name], `${value} is not a JSON number`)
      return 1
    case 'boolean':
      return 4
    case 'object':
      return value === null ? 4 : nestedSize(value, [name], subject)
    default:
      throw refused(subject, [name], `a ${typeof value} is not a JSON value`)
  }
}

/** `path` leads to `value`; it is one array for the whole walk. */
function nestedSize(value: object, path: PropertyKey[], subject: PayloadSubject): number {
  if (path.length >= MAX_PAYLOAD_DEPTH)
    throw refused(subject, path.slice(0, 3), `it is nested deeper than ${MAX_PAYLOAD_DEPTH} levels`)
  const isArray = Array.isArray(value)
  if (isArray ? Object.getPrototypeOf(value) !== Array.prototype : !isPlain(value)) {
    throw refused(subject, path, `a ${nameOfClass(value)} is not a JSON value`)
  }
  let size = 1
  const keys = isArray ? value.keys() : Object.keys(value)
  for (const key of keys) {
    const entry = (value as Record<PropertyKey, unknown>)[key]
    if (entry === undefined && !isArray) continue
    path.push(key)
    if (key === '__proto__') throw refused(subject, path, 'a field cannot be named __proto__')
    size += isArray ? 1 : (key as string).length + 4
    size +=
      typeof entry === 'object' && entry !== null ? nestedSize(entry, path, subject) : leafSize(entry, path, subject)
    if (size > MAX_PAYLOAD_BYTES) throw tooLarge(subject, size)
    path.pop()
  }
  return size
}

function leafSize(value: unknown, path: readonly PropertyKey[], subject: PayloadSubject): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value === 'boolean' || value === null) return 4
  if (typeof value === 'number' && Number.isFinite(value)) return 1
  const shown = typeof value === 'number' || value === undefined ? value : `a ${typeof value}`
  throw refused(subject, path, `${shown} is not a JSON value`)
}

function checkBytes(json: string, subject: PayloadSubject): void {
  const bytes = Buffer.byteLength(json)
  if (bytes > MAX_PAYLOAD_BYTES) throw tooLarge(subject, bytes)
}

/** Thrown as soon as that many bytes are seen: what is nested in many places can be far longer as JSON than in memory. */
const tooLarge = (subject: PayloadSubject, bytes: number): PayloadError =>
  refused(subject, [], `it has at least ${bytes} bytes as JSON, more than ${MAX_PAYLOAD_BYTES}`)

/** Whether it is an object of no class. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const nameOfClass = (value: object): string => value.constructor?.name || 'value of a class'

function refused({ what, given }: PayloadSubject, path: readonly PropertyKey[], why: string): PayloadError {
  const issue: Issue = { message: why, path: [...path] }
  const where = path.length === 0 ? '' : ` at ${path.map(String).join('.')}`
  return new PayloadError(`${what} cannot be kept${where}: ${why}`, [issue], given)
}
