import { MAX_PAYLOAD_DEPTH } from '../core/payload.ts'
import { RefusedError } from './refused-error.ts'

/** Deepest nesting of a body; the body itself is level 1. No function here calls itself more often. */
const MAX_DEPTH = MAX_PAYLOAD_DEPTH
/** A number of at most so many characters, without an exponent, is one that a double can hold. */
const SURELY_HELD = 300
/** Names of one object that are compared one by one; where there are more, they are looked up. */
const FEW_NAMES = 8

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const LETTER_E = 0x65
const LETTER_U = 0x75
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const BYTE_ORDER_MARK = 0xfeff
const UPPER_TO_LOWER = 0x20
const WORDS = ['true', 'false', 'null'] as const
const SHORT_ESCAPES: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)))

/**
 * The object that a text holds as JSON. Refused, with where it is: 1. what is no JSON, or no object; 2. a name that stands for two
 * fields of an object, however it is spelled; 3. NUL, lone surrogates, and numbers beyond a double, which others would read
 * otherwise; 4. `__proto__`, and `prototype` in a `constructor`; 5. more than 32 levels. The time grows with the length alone.
 */
export function objectOf(text: string): object {
  if (text === '') throw new RefusedError('the body must be an object in JSON: it is empty')
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) throw fault(text, 0, 'a byte-order mark')
  const start = spaceEnd(text, 0)
  if (text.charCodeAt(start) !== OPEN_OBJECT) throw fault(text, start, 'something else than the { of an object')
  const end = spaceEnd(text, objectEnd(text, start, 1, false))
  if (end < text.length) throw unexpected(text, end)
  return JSON.parse(text) as object
}

// Each of these takes where something begins, and returns where it ends: behind its last character.

function valueEnd(text: string, start: number, depth: number, ofConstructor: boolean): number {
  const code = text.charCodeAt(start)
  if (code === QUOTE) return stringEnd(text, start)
  if (code === OPEN_OBJECT) return objectEnd(text, start, depth, ofConstructor)
  if (code === OPEN_ARRAY) return arrayEnd(text, start, depth)
  return code === MINUS || isDigit(code) ? numberEnd(text, start) : wordEnd(text, start)
}

function objectEnd(text: string, start: number, depth: number, ofConstructor: boolean): number {
  if (depth > MAX_DEPTH) throw tooDeep(text, start)
  let at = spaceEnd(text, start + 1)
  if (text.charCodeAt(at) === CLOSE_OBJECT) return at + 1
  const names = new Names()
  for (;;) {
    const end = nameEnd(text, at)
    const name = nameOf(text, at, end)
    if (name === '__proto__') throw fault(text, at, 'a field __proto__')
    if (ofConstructor && name === 'prototype') throw fault(text, at, 'a field prototype in a constructor')
    if (!names.add(name)) throw fault(text, at, 'a second field of the same name')
    at = spaceEnd(text, end)
    if (text.charCodeAt(at) !== COLON) throw unexpected(text, at)
    at = spaceEnd(text, at + 1)
    at = spaceEnd(text, valueEnd(text, at, depth + 1, name === 'constructor'))
    const code = text.charCodeAt(at)
    if (code === CLOSE_OBJECT) return at + 1
    if (code !== COMMA) throw unexpected(text, at)
    at = spaceEnd(text, at + 1)
  }
}

function arrayEnd(text: string, start: number, depth: number): number {
  if (depth > MAX_DEPTH) throw tooDeep(text, start)
  let at = spaceEnd(text, start + 1)
  if (text.charCodeAt(at) === CLOSE_ARRAY) return at + 1
  for (;;) {
    at = spaceEnd(text, valueEnd(text, at, depth + 1, false))
    const code = text.charCodeAt(at)
    if (code === CLOSE_ARRAY) return at + 1
    if (code !== COMMA) throw unexpected(text, at)
    at = spaceEnd(text, at + 1)
  }
}

function nameEnd(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) throw unexpected(text, start)
  return stringEnd(text, start)
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) at = escapeEnd(text, at)
    else if (code >= SPACE) at += 1
    else throw code === 0 ? fault(text, at, 'a NUL') : unexpected(text, at)
  }
}

function escapeEnd(text: string, start: number): number {
  const letter = text.charCodeAt(start + 1)
  if (letter !== LETTER_U) {
    if (SHORT_ESCAPES.has(letter)) return start + 2
    throw unexpected(text, start + 1)
  }
  const code = codeUnit(text, start)
  if (code === 0) throw fault(text, start, 'a NUL')
  if (code < 0xd800 || code > 0xdfff) return start + 6
  if (code > 0xdbff || !text.startsWith('\\u', start + 6)) throw fault(text, start, 'a lone surrogate')
  const low = codeUnit(text, start + 6)
  if (low < 0xdc00 || low > 0xdfff) throw fault(text, start, 'a lone surrogate')
  return start + 12
}

function numberEnd(text: string, start: number): number {
  let at = start
  if (text.charCodeAt(at) === MINUS) at += 1
  at = text.charCodeAt(at) === ZERO ? at + 1 : digitsEnd(text, at)
  if (text.charCodeAt(at) === POINT) at = digitsEnd(text, at + 1)
  const hasExponent = (text.charCodeAt(at) | UPPER_TO_LOWER) === LETTER_E
  if (hasExponent) {
    const sign = text.charCodeAt(at + 1)
    at = digitsEnd(text, sign === MINUS || sign === PLUS ? at + 2 : at + 1)
  }
  if (!hasExponent && at - start <= SURELY_HELD) return at
  if (Number.isFinite(Number(text.slice(start, at)))) return at
  throw fault(text, start, 'a number beyond a double')
}

/** At least one digit. */
function digitsEnd(text: string, start: number): number {
  let at = start
  while (isDigit(text.charCodeAt(at))) at += 1
  if (at === start) throw unexpected(text, at)
  return at
}

function wordEnd(text: string, start: number): number {
  for (const word of WORDS) if (text.startsWith(word, start)) return start + word.length
  throw unexpected(text, start)
}

function spaceEnd(text: string, start: number): number {
  let at = start
  for (;;) {
    const code = text.charCodeAt(at)
    if (code > SPACE || (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB)) return at
    at += 1
  }
}

/** Of the escape with four digits that begins there. */
function codeUnit(text: string, start: number): number {
  let code = 0
  for (let at = start + 2; at < start + 6; at += 1) {
    const digit = hexDigit(text.charCodeAt(at))
    if (digit < 0) throw unexpected(text, at)
    code = code * 16 + digit
  }
  return code
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE

/** -1 where it is none. */
function hexDigit(code: number): number {
  if (isDigit(code)) return code - ZERO
  const lower = code | UPPER_TO_LOWER
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function nameOf(text: string, start: number, end: number): string {
  const name = text.slice(start + 1, end - 1)
  return name.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : name
}

/** The names of one object. */
class Names {
  readonly #few: string[] = []
  #all: Set<string> | undefined

  /** False where it is there already. */
  add(name: string): boolean {
    if (this.#all !== undefined) return this.#all.size < this.#all.add(name).size
    if (this.#few.includes(name)) return false
    if (this.#few.push(name) > FEW_NAMES) this.#all = new Set(this.#few)
    return true
  }
}

const tooDeep = (text: string, at: number): RefusedError => fault(text, at, `more than ${MAX_DEPTH} levels`)

function unexpected(text: string, at: number): RefusedError {
  return fault(text, at, at < text.length ? 'an unexpected character' : 'an unexpected end')
}

function fault(text: string, at: number, what: string): RefusedError {
  const byte = Buffer.byteLength(text.slice(0, at))
  return new RefusedError(`the body must be an object in JSON: it has ${what} at byte ${byte}`)
}
