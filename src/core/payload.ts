import { type Issue, PayloadError } from './errors.ts'

/** Most bytes that one payload may have as JSON. */
export const MAX_PAYLOAD_BYTES = 1_048_576
/** Deepest nesting of a payload; the payload itself is level 1. */
export const MAX_PAYLOAD_DEPTH = 32
/** JSON needs at most 6 bytes for a UTF-16 code unit (`\u0000`), so below a sixth no exact count is needed. */
const SURELY_FITS = MAX_PAYLOAD_BYTES / 6

/**
 * The message without its `task`, checked: an object of JSON values, at most 1 MiB, at most 32 levels deep. Fields that are
 * undefined are left out, as JSON does. Nested values are passed, not copied.
 */
export function payloadOf(message: { readonly task: string }): object {
  const payload: Record<string, unknown> = {}
  const fields = message as unknown as Record<string, unknown>
  let size = 2
  if (!isPlain(message)) throw refused(message, [], 'a message must be a plain object')
  for (const name in fields) {
    if (name === 'task') continue
    const value = fields[name]
    if (value === undefined) continue
    size += name.length + 4 + sizeOf(value, name, message)
    payload[name] = value
  }
  if (size > SURELY_FITS) checkBytes(payload, message)
  return payload
}

/** What is wrong with `value` as a JSON value, or undefined. For results, which may be anything. */
export function notJson(value: unknown): string | undefined {
  try {
    const size = sizeOf(value, 'result', value)
    if (size > SURELY_FITS) checkBytes(value, value)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** A lower bound of the JSON's length. Flat values are answered here, without a stack. */
function sizeOf(value: unknown, name: string, message: unknown): number {
  if (name === '__proto__') throw refused(message, [name], 'a field cannot be named __proto__')
  switch (typeof value) {
    case 'string':
      return value.length + 2
    case 'number':
      if (!Number.isFinite(value)) throw refused(message, [name], `${value} is not a JSON number`)
      return 8
    case 'boolean':
      return 5
    case 'object':
      return value === null ? 4 : nestedSize(value, [name], message)
    default:
      throw refused(message, [name], `a ${typeof value} is not a JSON value`)
  }
}

/** `path` leads to `value`; it is one array for the whole walk. */
function nestedSize(value: object, path: PropertyKey[], message: unknown): number {
  if (path.length >= MAX_PAYLOAD_DEPTH)
    throw refused(message, path.slice(0, 3), `it is nested deeper than ${MAX_PAYLOAD_DEPTH} levels`)
  const isArray = Array.isArray(value)
  if (!isArray && !isPlain(value)) throw refused(message, path, `a ${nameOfClass(value)} is not a JSON value`)
  let size = 2
  const keys = isArray ? value.keys() : Object.keys(value)
  for (const key of keys) {
    const entry = (value as Record<PropertyKey, unknown>)[key]
    if (entry === undefined && !isArray) continue
    path.push(key)
    if (key === '__proto__') throw refused(message, path, 'a field cannot be named __proto__')
    if (!isArray) size += (key as string).length + 4
    size +=
      typeof entry === 'object' && entry !== null ? nestedSize(entry, path, message) : leafSize(entry, path, message)
    path.pop()
  }
  return size
}

function leafSize(value: unknown, path: readonly PropertyKey[], message: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value === 'boolean' || value === null) return 4
  if (typeof value === 'number' && Number.isFinite(value)) return 1
  throw refused(message, path, `${typeof value === 'number' ? value : `a ${typeof value}`} is not a JSON value`)
}

function checkBytes(payload: unknown, message: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(payload))
  if (bytes <= MAX_PAYLOAD_BYTES) return
  throw refused(message, [], `it has ${bytes} bytes as JSON, more than ${MAX_PAYLOAD_BYTES}`)
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const nameOfClass = (value: object): string => value.constructor?.name || 'object of a class'

function refused(message: unknown, path: readonly PropertyKey[], why: string): PayloadError {
  const issue: Issue = { message: why, path: [...path] }
  const where = path.length === 0 ? '' : ` at ${path.map(String).join('.')}`
  return new PayloadError(`the payload cannot be kept${where}: ${why}`, [issue], message)
}
