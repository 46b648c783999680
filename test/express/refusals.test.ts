import assert from 'node:assert/strict'
import { STATUS_CODES } from 'node:http'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { RefusedError } from '../../src/express/index.ts'
import { PayloadError, type StandardSchema } from '../../src/index.ts'
import { Office, type OfficeOptions, order, ticketsOf } from './office.ts'

interface Refusal {
  readonly name: string
  readonly options?: OfficeOptions
  readonly headers?: Record<string, string>
  readonly body?: NonNullable<RequestInit['body']>
  readonly status: number
  readonly detail: RegExp
  readonly issues?: unknown
}

const ORDER = z.object({ tickets: z.array(z.string().min(1)).min(1).max(3) })
const LATE: StandardSchema<unknown, unknown> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async () => ({ issues: [{ message: 'too late', path: ['tickets', { key: 0 }] }] }),
  },
}

const issuesOf = (...issues: { readonly message: string; readonly path?: PropertyKey[] }[]): OfficeOptions => ({
  schema: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) } },
})

const refusing = (error: unknown): OfficeOptions => ({
  messages: () => {
    throw error
  },
})

const chunked = (...chunks: readonly (string | Uint8Array)[]): ReadableStream =>
  ReadableStream.from(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)))

const notedWith = (note: object): OfficeOptions => ({
  messages: () => [{ task: 'issueReceipt', ticketId: 'a', note }],
})

const nested = (levels: number): object => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
const gzip = { 'content-encoding': 'gzip' }
const small = { maxBytes: 100 }
const ISSUE = { message: 'it must be cheaper', path: [] }

const refusals: readonly Refusal[] = [
  { name: 'half of a JSON text', body: '{"tickets": ["a"', status: 400, detail: /an unexpected end at byte 16$/ },
  { name: 'no body', body: '', status: 400, detail: /^the body must be an object in JSON: it is empty$/ },
  { name: 'no body in chunks', body: chunked(), status: 400, detail: /it is empty/ },
  {
    name: 'a body that does not fit the schema',
    options: { schema: ORDER },
    body: order('a', ''),
    status: 400,
    detail: /^the body does not fit its schema: tickets\.1: Too small/,
    issues: [{ message: 'Too small: expected string to have >=1 characters', path: ['tickets', 1] }],
  },
  {
    name: 'a body that does not fit an asynchronous schema',
    options: { schema: LATE },
    body: order('a'),
    status: 400,
    detail: /too late/,
    issues: [{ message: 'too late', path: ['tickets', 0] }],
  },
  {
    name: 'a body with more issues than an answer tells',
    options: issuesOf(...Array.from({ length: 21 }, () => ISSUE)),
    body: '{}',
    status: 400,
    detail: /\(and 16 more\)$/,
    issues: Array.from({ length: 20 }, () => ISSUE),
  },
  {
    name: 'an issue with a long text and a deep path',
    options: issuesOf({ message: 'x'.repeat(501), path: ['y'.repeat(501), Symbol('z'), ...Array(31).fill('a')] }),
    body: '{}',
    status: 400,
    detail: /^.{499}…$/,
    issues: [{ message: `${'x'.repeat(499)}…`, path: [`${'y'.repeat(499)}…`, 'Symbol(z)', ...Array(30).fill('a')] }],
  },
  {
    name: 'an order whose message is nested too deep',
    options: notedWith(nested(40)),
    body: '{}',
    status: 400,
    detail: /nested deeper than 32 levels/,
    issues: [{ message: 'it is nested deeper than 32 levels', path: ['note', 0, 0] }],
  },
  {
    name: 'an order whose message has a field __proto__',
    options: notedWith(JSON.parse('{"__proto__": {"admin": true}}')),
    status: 400,
    detail: /a field cannot be named __proto__/,
    issues: [{ message: 'a field cannot be named __proto__', path: ['note', '__proto__'] }],
  },
  {
    name: 'an order that messages refuses',
    options: refusing(new RefusedError('<b>tickets</b> are sold out', { cause: new Error('hidden') })),
    body: '{}',
    status: 400,
    detail: /^<b>tickets<\/b> are sold out$/,
  },
  {
    name: 'an order that messages refuses with a status',
    options: refusing(new RefusedError('come back tomorrow', { status: 409 })),
    body: '{}',
    status: 409,
    detail: /^come back tomorrow$/,
  },
  {
    name: 'an order that messages refuses with a status of its own',
    options: refusing(new RefusedError('no', { status: 499 })),
    body: '{}',
    status: 499,
    detail: /^no$/,
  },
  {
    name: 'an order that messages refuses with issues',
    options: refusing(new PayloadError('it is too dear', [ISSUE], {})),
    body: '{}',
    status: 400,
    detail: /^it is too dear$/,
    issues: [ISSUE],
  },
  {
    name: 'no content type',
    headers: { 'content-type': '' },
    body: Buffer.from('{}'),
    status: 415,
    detail: /must have a/,
  },
  { name: 'JSON as text', headers: { 'content-type': 'text/json' }, status: 415, detail: /must be application\/json/ },
  {
    name: 'two content types',
    headers: { 'content-type': 'application/json, text/html' },
    status: 415,
    detail: /must be application\/json/,
  },
  {
    name: 'a content type that is none',
    headers: { 'content-type': 'json' },
    status: 415,
    detail: /must be application\/json/,
  },
  {
    name: 'a body over the limit in chunks',
    options: small,
    body: chunked('['.repeat(60), ']'.repeat(60)),
    status: 413,
    detail: /at most 100 bytes/,
  },
  {
    name: 'a body of gzip over the limit',
    options: small,
    headers: gzip,
    body: Buffer.alloc(101),
    status: 413,
    detail: /at most 100 bytes/,
  },
  {
    name: 'a body over the limit once inflated',
    headers: gzip,
    body: gzipSync(Buffer.alloc(2 ** 24, '[')),
    status: 413,
    detail: /at most 1048576 bytes/,
  },
  {
    name: 'more messages than the worker has places',
    options: { capacity: 2 },
    body: order('a', 'b', 'c'),
    status: 413,
    detail: /more messages than/,
  },
  {
    name: 'more messages than one call takes',
    options: { capacity: 100_000 },
    body: order(...Array(50_001).fill('a')),
    status: 413,
    detail: /^the order makes 50001 messages, more than 50000$/,
  },
  {
    name: 'an empty Idempotency-Key',
    headers: { 'idempotency-key': '' },
    status: 400,
    detail: /Idempotency-Key must be/,
  },
  {
    name: 'an Idempotency-Key that is too long',
    headers: { 'idempotency-key': 'k'.repeat(256) },
    status: 400,
    detail: /1 to 255/,
  },
  {
    name: 'an Idempotency-Key beyond ASCII',
    headers: { 'idempotency-key': 'schl\u00fcssel' },
    status: 400,
    detail: /visible ASCII/,
  },
]

describe('webhook: refusals', () => {
  for (const { name, options = {}, headers, body = order('a'), status, detail, issues } of refusals) {
    it(`${name}: ${status}, and nothing is kept`, async () => {
      await using office = await Office.open(options)
      const response = await office.post(body, headers)
      const text = await response.text()
      assert.equal(response.status, status, text)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(response.headers.get('accept'), status === 415 ? 'application/json' : null)
      const { detail: told, ...rest } = JSON.parse(text)
      const title = STATUS_CODES[status] ?? 'Refused'
      assert.deepEqual(rest, { type: 'about:blank', title, status, ...(issues === undefined ? {} : { issues }) })
      assert.match(told, detail)
      assert.doesNotMatch(text, /node_modules|\.ts:|\.js:|Error|hidden/)
      assert.equal(await office.kept(), 0)
      assert.deepEqual([office.failures, office.passedOn], [[], []])
    })
  }

  it('an order of as many bytes as the limit is kept', async () => {
    const body = order('a'.repeat(100))
    await using office = await Office.open({ maxBytes: body.length, messages: ticketsOf })
    assert.equal((await office.post(body)).status, 202)
    assert.equal((await office.post(gzipSync(body), gzip)).status, 202)
  })

  it('a status that refuses nothing is refused itself', () => {
    for (const status of [399, 500, 400.5])
      assert.throws(() => new RefusedError('no', { status }), { code: 'invalid_option' })
  })
})
