import { brotliCompressSync, gzipSync } from 'node:zlib'
import { requestOf } from './caller.ts'
import { order } from './office.ts'
import type { BodyRow, WireRefusal } from './wire-refusal.ts'

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex')
/** `{"a":"` and `"}` around bytes. */
const inText = (digits: string): Buffer => Buffer.concat([Buffer.from('{"a":"'), hex(digits), Buffer.from('"}')])
const objects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const arrays = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
const manyNames = Array.from({ length: 20_000 }, (_, index) => `"n${index}":1`).join()

const NO_OBJECT = /something else than the \{ of an object at byte 0$/
const unexpected = (byte: number): RegExp => new RegExp(`an unexpected character at byte ${byte}$`)
const ended = (byte: number): RegExp => new RegExp(`an unexpected end at byte ${byte}$`)
const tooDeep = (byte: number): RegExp => new RegExp(`more than 32 levels at byte ${byte}$`)
const twice = (byte: number): RegExp => new RegExp(`a second field of the same name at byte ${byte}$`)
const proto = (byte: number): RegExp => new RegExp(`a field __proto__ at byte ${byte}$`)
const prototype = (byte: number): RegExp => new RegExp(`a field prototype in a constructor at byte ${byte}$`)
const noUtf8 = (byte: number): RegExp => new RegExp(`bytes that are no UTF-8 at byte ${byte}$`)
const nul = (byte: number): RegExp => new RegExp(`a NUL at byte ${byte}$`)
const lone = (byte: number): RegExp => new RegExp(`a lone surrogate at byte ${byte}$`)
const tooLarge = (byte: number): RegExp => new RegExp(`a number beyond a double at byte ${byte}$`)

const rows: readonly BodyRow[] = [
  ['no body', '', /^the body must be an object in JSON: it is empty$/],
  ['nothing but space', ' \r\n\t', /something else than the \{ of an object at byte 4$/],
  ['an object that is not closed', '{"a":1', ended(6)],
  ['a text that is not closed', '{"a":"b', ended(7)],
  ['a name without a value', '{"a":}', unexpected(5)],
  ['a name without quotation marks', '{a:1}', unexpected(1)],
  ['a name without a colon', '{"a" 1}', unexpected(5)],
  ['a comma too many in an object', '{"a":1,}', unexpected(7)],
  ['a comma too many in an array', '{"a":[1,]}', unexpected(8)],
  ['a comma too few', '{"a":[1 2]}', unexpected(8)],
  ['an array closed as an object', '{"a":[1}}', unexpected(7)],
  ['text after the object', '{"a":1} {}', unexpected(8)],
  ['text before the object', 'x{"a":1}', NO_OBJECT],
  ['a number that begins with 0', '{"a":01}', unexpected(6)],
  ['a number that begins with +', '{"a":+1}', unexpected(5)],
  ['a number that begins with a point', '{"a":.5}', unexpected(5)],
  ['a number that ends with a point', '{"a":1.}', unexpected(7)],
  ['a number without its exponent', '{"a":1e}', unexpected(7)],
  ['a minus alone', '{"a":-}', unexpected(6)],
  ['NaN', '{"a":NaN}', unexpected(5)],
  ['half of a word', '{"a":tru}', unexpected(5)],
  ['a line break in a text', '{"a":"\n"}', unexpected(6)],
  ['an escape that is none', '{"a":"\\x41"}', unexpected(7)],
  ['a code unit of three digits', '{"a":"\\u12g4"}', unexpected(10)],
  ['a comment', '{"a":1/**/}', unexpected(6)],
  ['a place behind letters of several bytes', '{"äöü€":}', unexpected(13)],
  ['an array', '[{"a":1}]', NO_OBJECT],
  ['an empty array', '[]', NO_OBJECT],
  ['a text', '"a"', NO_OBJECT],
  ['a number', '1', NO_OBJECT],
  ['null', 'null', NO_OBJECT],
  ['33 levels of objects', objects(33), tooDeep(160)],
  ['33 levels of arrays', arrays(32), tooDeep(36)],
  ['40,000 levels of arrays', arrays(40_000), tooDeep(36)],
  ['40,000 levels that are not closed', `{"a":${'['.repeat(40_000)}`, tooDeep(36)],
  ['100,000 levels of objects', objects(100_000), tooDeep(160)],
  ['a name twice', '{"a":1,"b":2,"a":1}', twice(13)],
  ['a name twice in an object of an array', '{"a":[{},{"b":1,"b":2}]}', twice(16)],
  ['a name twice, once as an escape', '{"a":1,"\\u0061":2}', twice(7)],
  ['an empty name twice', '{"":1,"":2}', twice(6)],
  ['a name twice among a few', '{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"j":2}', twice(61)],
  ['a name twice among 20,000', `{${manyNames},"n7":2}`, twice(Buffer.byteLength(manyNames) + 2)],
  ['a field __proto__', '{"__proto__":{"admin":true}}', proto(1)],
  ['a field __proto__ within', '{"a":[{"b":{"__proto__":null}}]}', proto(12)],
  ['a field __proto__ with an escape', '{"_\\u005fproto__":1}', proto(1)],
  ['a prototype in a constructor', '{"constructor":{"prototype":{"admin":true}}}', prototype(16)],
  ['a prototype in a constructor within', '{"a":{"constructor":{"b":1,"prototype":1}}}', prototype(27)],
  ['a prototype in a constructor with escapes', '{"construct\\u006fr":{"\\u0070rototype":1}}', prototype(21)],
  ['a byte that is no UTF-8', inText('ff'), noUtf8(6)],
  ['UTF-8 longer than it may be', inText('c0 af'), noUtf8(6)],
  ['a surrogate in UTF-8', inText('ed a0 80'), noUtf8(6)],
  ['UTF-8 beyond Unicode', inText('f4 90 80 80'), noUtf8(6)],
  ['UTF-8 that is cut off', inText('e2 82'), noUtf8(6)],
  ['UTF-8 that ends with the body', Buffer.concat([Buffer.from('{}'), hex('e2 82')]), noUtf8(2)],
  ['no UTF-8 behind U+FFFD', inText('ef bf bd 61 ff'), noUtf8(10)],
  ['Latin-1', Buffer.from('{"ä":1}', 'latin1'), noUtf8(2)],
  ['a byte-order mark', hex('ef bb bf 7b 7d'), /a byte-order mark at byte 0$/],
  ['UTF-16 with a byte-order mark', Buffer.from('\ufeff{}', 'utf16le'), noUtf8(0)],
  ['UTF-16', Buffer.from('{}', 'utf16le'), unexpected(1)],
  ['a NUL in a text', '{"a":"b\0c"}', nul(7)],
  ['a NUL in a text, as an escape', '{"a":"b\\u0000c"}', nul(7)],
  ['a NUL in a name, as an escape', '{"a\\u0000":1}', nul(3)],
  ['a NUL between tokens', '{"a":1\0}', unexpected(6)],
  ['a high surrogate alone', '{"a":"\\ud83d"}', lone(6)],
  ['a high surrogate before a letter', '{"a":"\\uD83Dx"}', lone(6)],
  ['a high surrogate before another escape', '{"a":"\\ud83d\\n"}', lone(6)],
  ['a low surrogate alone', '{"a":"x\\uDE00"}', lone(7)],
  ['surrogates in the wrong order', '{"a":"\\ude00\\ud83d"}', lone(6)],
  ['two high surrogates', '{"a":"\\ud83d\\ud83d"}', lone(6)],
  ['two low surrogates', '{"a":"\\ude00\\ude00"}', lone(6)],
  ['a lone surrogate in a name', '{"\\ud83d":1}', lone(2)],
  ['1e400', '{"a":1e400}', tooLarge(5)],
  ['-1e400', '{"a":[0,-1E+400]}', tooLarge(8)],
  ['a number of 400 digits', `{"a":${'9'.repeat(400)}}`, tooLarge(5)],
]

const json = (
  name: string,
  body: WireRefusal['request'],
  headers: Record<string, string>,
  detail: RegExp,
): WireRefusal => ({
  name,
  request: requestOf(body, headers),
  status: 400,
  detail,
})

/** Bodies that are no object in strict JSON. */
export const refusedBodies: readonly WireRefusal[] = [
  ...rows.map(([name, body, detail]) => json(name, Buffer.from(body), {}, detail)),
  json('a name twice in gzip', gzipSync('{"a":1,"a":2}'), { 'content-encoding': 'gzip' }, twice(7)),
  json('1e400 in brotli', brotliCompressSync('{"a":1e400}'), { 'content-encoding': 'br' }, tooLarge(5)),
  json('gzip that is none', Buffer.from(order('a')), { 'content-encoding': 'gzip' }, /could not be read/),
  json('deflate that is none', Buffer.from(order('a')), { 'content-encoding': 'deflate' }, /could not be read/),
  json('gzip cut off', gzipSync(order('a')).subarray(0, -3), { 'content-encoding': 'gzip' }, /could not be read/),
  json(
    'a key of two words',
    Buffer.from(order('a')),
    { 'idempotency-key': 'a b' },
    /the Idempotency-Key must be one text/,
  ),
  {
    name: 'no key where one is required',
    options: { requireIdempotencyKey: true },
    request: requestOf(order('a')),
    status: 400,
    detail: /the request must have an Idempotency-Key/,
  },
]
