import assert from 'node:assert/strict'
import { Agent, request as httpRequest } from 'node:http'
import { it } from 'node:test'
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { jsonTexts } from './json-texts.ts'
import { Office, ORDERS } from './office.ts'
import { isTaken } from './reference-json.ts'

const BODIES = 10_000
/** Sent at once, on as many connections that are kept. */
const AT_ONCE = 50
/** An answer that takes longer is none. */
const PATIENCE_MS = 5_000
const MAX_BYTES = 2_000

interface Sent {
  readonly body: Buffer
  readonly encoding: 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd'
  readonly contentType: string
  readonly isChunked: boolean
  /** Whether it must be kept; undefined where that is not known. */
  readonly isGood: boolean | undefined
}

interface Answer {
  readonly status: number | undefined
  readonly contentType: string | undefined
  readonly text: string
}

/** The best compression would take most of the test's time. */
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 10 } }
const ENCODERS = {
  identity: Buffer.from,
  gzip: gzipSync,
  deflate: deflateSync,
  br: (bytes: Buffer): Buffer => brotliCompressSync(bytes, FAST),
} as const

const inWords: fc.Arbitrary<Sent> = fc
  .tuple(
    fc.oneof(
      { arbitrary: jsonTexts, weight: 9 },
      fc.nat(3_000).map((length) => JSON.stringify({ a: ' '.repeat(length) })),
    ),
    fc.constantFrom('identity', 'identity', 'gzip', 'deflate', 'br'),
    fc.boolean(),
  )
  .map(([text, encoding, isChunked]) => {
    const body = ENCODERS[encoding](Buffer.from(text))
    const fits = Math.max(body.length, Buffer.byteLength(text)) <= MAX_BYTES
    return { body, encoding, contentType: 'application/json', isChunked, isGood: fits && isTaken(text) }
  })

const inBytes: fc.Arbitrary<Sent> = fc
  .tuple(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(jsonTexts, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
        const bytes = Buffer.from(text)
        if (bytes.length > 0) bytes[at % bytes.length] = byte
        return bytes
      }),
      fc.tuple(jsonTexts, fc.nat()).map(([text, at]) => {
        const bytes = gzipSync(text)
        return bytes.subarray(0, at % bytes.length)
      }),
      fc.nat(400_000).map((length) => gzipSync(Buffer.alloc(length))),
    ),
    fc.constantFrom('identity', 'identity', 'gzip', 'deflate', 'br', 'zstd'),
    fc.constantFrom(
      'application/json',
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'a/b; charset=x',
    ),
    fc.boolean(),
  )
  .map(([body, encoding, contentType, isChunked]) => ({ body, encoding, contentType, isChunked, isGood: undefined }))

it(`${BODIES} bodies of all kinds get a documented answer each, on connections that are kept`, async () => {
  await using office = await Office.open({ maxBytes: MAX_BYTES, messages: () => [] })
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const statuses: Record<number, number> = {}

  const answerTo = ({ body, encoding, contentType, isChunked }: Sent): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({
        agent,
        port: office.port,
        path: ORDERS,
        method: 'POST',
        headers: {
          'content-type': contentType,
          ...(encoding !== 'identity' && { 'content-encoding': encoding }),
          ...(isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }),
        },
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      request.on('error', reject)
      request.on('response', (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (more: string) => {
          text += more
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode, contentType: response.headers['content-type'], text }),
        )
      })
      request.end(body)
    })

  const check = async (sent: Sent): Promise<void> => {
    const { status = 0, contentType, text } = await answerTo(sent)
    statuses[status] = (statuses[status] ?? 0) + 1
    assert.ok([202, 400, 413, 415].includes(status), text)
    assert.equal(contentType, status === 202 ? 'application/json' : 'application/problem+json')
    if (sent.isGood !== undefined) assert.equal(status === 202, sent.isGood, text)
    if (status === 202) assert.deepEqual(JSON.parse(text), { jobs: [] })
    else assert.equal(typeof JSON.parse(text).detail, 'string')
    if (status === 202 && sent.encoding === 'identity') assert.ok(isTaken(sent.body.toString()))
  }

  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(inWords, inBytes), { minLength: AT_ONCE, maxLength: AT_ONCE }), async (all) => {
      await Promise.all(all.map(check))
    }),
    { numRuns: BODIES / AT_ONCE },
  )
  agent.destroy()
  assert.deepEqual([office.failures, office.passedOn], [[], []])
  for (const status of [202, 400, 413, 415]) assert.ok((statuses[status] ?? 0) > 100, JSON.stringify(statuses))
})
