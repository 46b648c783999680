import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { chunkedOf, type HeaderLines, requestOf } from './caller.ts'
import { order } from './office.ts'
import { nowSeconds, OTHER_SECRET, SECRET, type Signing, signatureOf, signed } from './signing.ts'
import type { WireRefusal } from './wire-refusal.ts'

const BODY = order('a')
const bomb = Buffer.alloc(2 ** 25, ' ')
const small = { maxBytes: 100 }
const tooLarge = /^the body must have at most 100 bytes, and so must what it inflates to$/
const overDefault = /^the body must have at most 1048576 bytes/
const huge = `${2 ** 31}`

const typed = (name: string, contentType: string | readonly string[] | undefined, detail: RegExp): WireRefusal => ({
  name,
  request: requestOf(BODY, { 'content-type': contentType }),
  status: 415,
  detail,
})

const encoded = (name: string, encoding: string | readonly string[]): WireRefusal => ({
  name,
  request: requestOf(gzipSync(BODY), { 'content-encoding': encoding }),
  status: 415,
  detail: /^the Content-Encoding must be gzip, deflate, br or identity$/,
})

const NO_JSON = /^the Content-Type must be application\/json, or one that ends in \+json$/
const CHARSET = /^the charset of the Content-Type must be utf-8$/

const types: readonly WireRefusal[] = [
  typed('no content type', undefined, /^the request must have a Content-Type: application\/json$/),
  typed('an empty content type', '', NO_JSON),
  typed('a form of several parts', 'multipart/form-data; boundary=a', NO_JSON),
  typed('a form', 'application/x-www-form-urlencoded', NO_JSON),
  typed('plain text', 'text/plain', NO_JSON),
  typed('JSON in lines', 'application/jsonl', NO_JSON),
  typed('Latin-1', 'application/json; charset=latin1', CHARSET),
  typed('UTF-16', 'application/json;charset="utf-16"', CHARSET),
  typed('two charsets', 'application/json; charset=utf-8; charset=latin1', CHARSET),
  typed('two content types', ['application/json', 'text/plain'], /^the request must have only one Content-Type$/),
  encoded('another encoding', 'zstd'),
  encoded('an encoding in an encoding', 'gzip, gzip'),
  encoded('two encodings', ['gzip', 'identity']),
]

const inflating = (encoding: string, body: Uint8Array): WireRefusal => ({
  name: `a bomb of ${encoding}`,
  request: requestOf(body, { 'content-encoding': encoding }),
  status: 413,
  detail: overDefault,
})

const sizes: readonly WireRefusal[] = [
  { name: 'a body too large', options: small, request: requestOf('x'.repeat(101)), status: 413, detail: tooLarge },
  {
    name: 'a body too large in chunks',
    options: small,
    request: chunkedOf(['x'.repeat(60), 'x'.repeat(60)]),
    status: 413,
    detail: tooLarge,
  },
  {
    name: 'a body too large as it is sent, and small once inflated',
    options: small,
    request: chunkedOf(
      Array.from({ length: 10 }, () => gzipSync('')),
      { 'content-encoding': 'gzip' },
    ),
    status: 413,
    detail: tooLarge,
  },
  inflating('gzip', gzipSync(bomb)),
  inflating('deflate', deflateSync(bomb)),
  inflating('br', brotliCompressSync(bomb)),
  {
    name: 'a body of which nothing was sent, too large by its length',
    request: requestOf('', { 'content-length': huge }),
    status: 413,
    detail: overDefault,
    isClosed: true,
  },
  {
    name: 'a body that is still sent in chunks',
    options: small,
    request: chunkedOf(['x'.repeat(200)], {}, false),
    status: 413,
    detail: tooLarge,
    isClosed: true,
  },
  {
    name: 'a body of gzip that is still sent in chunks',
    options: small,
    request: chunkedOf([Buffer.alloc(200)], { 'content-encoding': 'gzip' }, false),
    status: 413,
    detail: tooLarge,
    isClosed: true,
  },
  {
    name: 'a form that is still sent in chunks',
    request: chunkedOf(['a=1'], { 'content-type': 'application/x-www-form-urlencoded' }, false),
    status: 415,
    detail: NO_JSON,
    isClosed: true,
  },
  {
    name: 'more tickets than there will ever be room for',
    options: { capacity: 2 },
    request: requestOf(order('a', 'b', 'c')),
    status: 413,
    detail: /^the order makes more messages than can ever be kept at once$/,
  },
]

const slow = (name: string, request: Uint8Array, options = {}, afterMs = 10_000): WireRefusal => ({
  name,
  options,
  request,
  status: 408,
  detail: new RegExp(`^the body must arrive within ${afterMs} ms$`),
  afterMs,
  isClosed: true,
})

const times: readonly WireRefusal[] = [
  slow('a body that does not come', requestOf('', { 'content-length': '9' })),
  slow('a body that stops in the middle', requestOf('{"a"', { 'content-length': '9' }), { bodyMs: 250 }, 250),
  slow('chunks that stop', chunkedOf(['{"a"'], {}, false)),
  slow('gzip that stops', requestOf('\u001f', { 'content-length': '9', 'content-encoding': 'gzip' })),
]

const claimed = (name: string, headers: HeaderLines, detail: RegExp, body = BODY): WireRefusal => ({
  name,
  options: { secret: SECRET },
  request: requestOf(body, headers),
  status: 401,
  detail,
})

const good = signed(BODY)
const forged = (name: string, headers: HeaderLines): WireRefusal =>
  claimed(name, { ...good, ...headers }, /^the webhook-signature is not one of this order$/)
const untimely = (name: string, seconds: number): WireRefusal =>
  claimed(name, signed(BODY, { at: nowSeconds() + seconds }), /^the webhook-timestamp must be at most 5 minutes away/)
const without = (name: string): WireRefusal =>
  claimed(`no ${name}`, { ...good, [name]: undefined }, /^the request must be signed: with webhook-id/)
const idOf = (name: string, id: string): WireRefusal =>
  claimed(name, signed(BODY, { id }), /^the webhook-id must be 1 to 255 visible ASCII characters without a full stop$/)
const atOf = (name: string, at: NonNullable<Signing['at']>): WireRefusal =>
  claimed(name, signed(BODY, { at }), /^the webhook-timestamp must be whole seconds since 1970$/)

const signatures: readonly WireRefusal[] = [
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(without),
  claimed('no signature, and no JSON', {}, /^the request must be signed/, '{"a"'),
  claimed('a signature of another body', signed('{}'), /^the webhook-signature is not one of this order$/),
  forged('a signature of another secret', signed(BODY, { secret: OTHER_SECRET })),
  forged('a signature of another id', { 'webhook-id': 'msg_2' }),
  forged('a signature of another time', { 'webhook-timestamp': `${nowSeconds() + 1}` }),
  forged('an asymmetric signature', { 'webhook-signature': signatureOf(BODY).replace('v1,', 'v1a,') }),
  forged('a signature without its version', { 'webhook-signature': signatureOf(BODY).slice(3) }),
  forged('a signature cut off', { 'webhook-signature': signatureOf(BODY).slice(0, -1) }),
  forged('1,000 signatures', { 'webhook-signature': Array(1_000).fill('v1,AAAA').join(' ') }),
  claimed('an empty signature', { ...good, 'webhook-signature': '' }, /^the webhook-signature is not one/),
  untimely('a signature of 6 minutes ago', -360),
  untimely('a signature of in 6 minutes', 360),
  idOf('an id with a full stop', `msg_1.${nowSeconds()}`),
  idOf('an id of 256 characters', 'a'.repeat(256)),
  idOf('an empty id', ''),
  atOf('a time in words', 'now'),
  atOf('a time with a fraction', `${nowSeconds()}.5`),
  atOf('a time with more behind it', `${nowSeconds()}x`),
  {
    name: 'a signature of gzip, and not of what it holds',
    options: { secret: SECRET },
    request: requestOf(gzipSync(BODY), { ...signed(gzipSync(BODY)), 'content-encoding': 'gzip' }),
    status: 401,
    detail: /^the webhook-signature is not one of this order$/,
  },
]

/** Requests that are refused for what is around their body. */
export const refusedRequests: readonly WireRefusal[] = [...types, ...sizes, ...times, ...signatures]
