import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { describe, it } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { PermanentError, UnknownError, UpstreamError } from '../../src/index.ts'
import { type Api, apiThat, apiThatIsGone, apiWithSockets, listening } from './call-api.ts'
import { callers, givenOf, thrownBy, Told } from './call-callers.ts'

/** How a call ends: what is thrown, and what the upstream is told. */
type Ends = readonly [
  kind: typeof PermanentError | typeof UnknownError | typeof UpstreamError,
  told: 'answered' | 'failed',
]

const failed: Ends = [UpstreamError, 'failed']
const unknown: Ends = [UnknownError, 'failed']
const permanent: Ends = [PermanentError, 'answered']

interface Case {
  readonly api: () => Promise<Api>
  /** A call that may be sent again. */
  readonly repeatable: Ends
  /** A POST or PATCH without an Idempotency-Key. */
  readonly once: Ends
  readonly status?: number
  readonly retryAfterMs?: number
  readonly signal?: () => AbortSignal
}

const answering = (status: number, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => void response.writeHead(status, headers).end('why')
}

const answer = (status: number, both: Ends, once: Ends = both): readonly [string, Case] => [
  `answers ${status}`,
  { api: () => apiThat(answering(status)), repeatable: both, once, status },
]

const asksForPeace = (status: number, what: string, headers: Record<string, string>, retryAfterMs: number) =>
  [
    `answers ${status} and asks for peace ${what}`,
    { api: () => apiThat(answering(status, headers)), repeatable: failed, once: failed, status, retryAfterMs },
  ] as const

const cases: readonly (readonly [what: string, of: Case])[] = [
  ...[500, 501, 503, 505, 507, 520, 599].map((status) => answer(status, failed)),
  ...[502, 504].map((status) => answer(status, failed, unknown)),
  ...[408, 425, 429].map((status) => answer(status, failed)),
  ...[400, 401, 402, 403, 404, 405, 409, 410, 412, 413, 415, 422, 423, 451, 499].map((status) =>
    answer(status, permanent),
  ),
  ...[429, 503].flatMap((status) => [
    asksForPeace(status, 'for seconds', { 'Retry-After': '120' }, 120_000),
    asksForPeace(status, 'for no time', { 'Retry-After': '0' }, 0),
    asksForPeace(status, 'for days', { 'Retry-After': '999999999' }, 86_400_000),
    asksForPeace(
      status,
      'until a time, by a clock of its own',
      { 'Retry-After': 'Sun, 06 Nov 1994 08:50:37 GMT', Date: 'Sun, 06 Nov 1994 08:49:37 GMT' },
      60_000,
    ),
  ]),
  [
    'answers 503 and asks for peace in words',
    { api: () => apiThat(answering(503, { 'Retry-After': 'soon 5' })), repeatable: failed, once: failed, status: 503 },
  ],
  [
    'answers 500 with a Retry-After, which says nothing there',
    { api: () => apiThat(answering(500, { 'Retry-After': '5' })), repeatable: failed, once: failed, status: 500 },
  ],
  ['is not there', { api: apiThatIsGone, repeatable: failed, once: failed }],
  [
    'has a name that nobody knows',
    {
      api: async () => ({ url: 'http://api.invalid', [Symbol.asyncDispose]: async () => {} }),
      repeatable: failed,
      once: failed,
    },
  ],
  [
    'speaks no TLS',
    {
      api: async () => {
        const api = await apiWithSockets((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
        return { ...api, url: api.url.replace('http', 'https') }
      },
      repeatable: failed,
      once: failed,
    },
  ],
  [
    'has no certificate',
    {
      api: () =>
        listening(
          createTlsServer().on('tlsClientError', () => {}),
          'https',
        ),
      repeatable: failed,
      once: failed,
    },
  ],
  [
    'ends the connection during the TLS handshake',
    {
      api: async () => {
        const api = await apiWithSockets((socket) => socket.end())
        return { ...api, url: api.url.replace('http', 'https') }
      },
      repeatable: failed,
      once: failed,
    },
  ],
  [
    'resets the connection',
    { api: () => apiWithSockets((socket) => socket.resetAndDestroy()), repeatable: failed, once: unknown },
  ],
  ['closes the connection', { api: () => apiWithSockets((socket) => socket.end()), repeatable: failed, once: unknown }],
  [
    'closes the connection within the headers',
    {
      api: () => apiWithSockets((socket) => socket.end('HTTP/1.1 200 OK\r\nConte')),
      repeatable: failed,
      once: unknown,
    },
  ],
  [
    'answers no HTTP',
    { api: () => apiWithSockets((socket) => socket.end('hello')), repeatable: failed, once: unknown },
  ],
  [
    'never answers, until the time of its caller is up',
    { api: () => apiThat(() => {}), repeatable: failed, once: unknown, signal: () => AbortSignal.timeout(20) },
  ],
]

/** Every kind of call, and whether it may be sent again. */
const calls: readonly (readonly [method: string, key: string | undefined, isRepeatable: boolean])[] = [
  ['GET', undefined, true],
  ['HEAD', undefined, true],
  ['PUT', undefined, true],
  ['DELETE', undefined, true],
  ['POST', 'k1', true],
  ['PATCH', 'k1', true],
  ['POST', undefined, false],
  ['PATCH', undefined, false],
  ['POST', '', false],
]

for (const { name, make } of callers) {
  describe(`${name}, where the API`, () => {
    for (const [what, { api, repeatable, once, status, retryAfterMs, signal }] of cases) {
      it(`${what}, says so of every method`, async () => {
        await using server = await api()
        for (const [method, key, isRepeatable] of calls) {
          const told = new Told()
          const headers = key === undefined ? {} : { 'Idempotency-Key': key }
          const init = { method, headers, ...(signal && { signal: signal() }) }
          const error = await thrownBy(make(told)(`${server.url}/a`, init))
          const [kind, report] = isRepeatable ? repeatable : once
          const call = `${method} ${key ?? 'without a key'}`
          assert.equal(error.constructor, kind, `${call}: ${String(error)}`)
          assert.deepEqual(told.words, [report], call)
          const body = status === undefined || method === 'HEAD' ? undefined : 'why'
          assert.deepEqual(givenOf(error), { method, url: `${server.url}/a`, status, body })
          const [tale] = told.all
          if (error instanceof UpstreamError) {
            assert.deepEqual([error.upstream, error.retryAfterMs], ['api', retryAfterMs])
            assert.ok(error.message.startsWith(`${method} ${server.url}/a `))
          }
          if (tale instanceof UpstreamError) assert.deepEqual([tale.upstream, tale.retryAfterMs], ['api', retryAfterMs])
          if (kind === UnknownError) {
            assert.ok(error.cause instanceof UpstreamError)
            assert.ok(error.cause.message.startsWith(`${method} ${server.url}/a `))
          }
        }
      })
    }

    for (const status of [200, 201, 202, 204, 206, 299]) {
      it(`answers ${status}, passes the answer on`, async () => {
        await using api = await apiThat((_, response) => void response.writeHead(status, { 'X-A': 'b' }).end())
        const told = new Told()
        const response = await make(told)(`${api.url}/a?b=c`, { method: 'POST' })
        assert.deepEqual(
          [response.status, response.url, response.headers.get('x-a')],
          [status, `${api.url}/a?b=c`, 'b'],
        )
        assert.equal(await response.text(), '')
        assert.deepEqual(told.words, ['answered'])
      })
    }

    it('redirects, follows it and passes the answer on', async () => {
      await using api = await apiThat((request, response) => {
        if (request.url === '/b') response.end('b')
        else response.writeHead(307, { location: '/b' }).end()
      })
      const told = new Told()
      assert.equal(await (await make(told)(api.url)).text(), 'b')
      assert.deepEqual(told.words, ['answered'])
    })

    for (const reason of [new DOMException('the worker stops', 'AbortError'), new Error('enough')]) {
      it(`is too slow for a caller who gives up (${reason.name}), tells the upstream nothing`, async () => {
        const arrivals: (() => void)[] = []
        await using api = await apiThat(() => arrivals.shift()?.())
        for (const [method, key, isRepeatable] of calls) {
          const told = new Told()
          const stop = new AbortController()
          arrivals.push(() => stop.abort(reason))
          const headers = key === undefined ? {} : { 'Idempotency-Key': key }
          const error = await thrownBy(make(told)(api.url, { method, headers, signal: stop.signal }))
          assert.deepEqual(told.words, [])
          if (isRepeatable) assert.equal(error, reason)
          else {
            assert.ok(error instanceof UnknownError)
            assert.deepEqual(givenOf(error), { method, url: `${api.url}/`, status: undefined, body: undefined })
            assert.equal((error.cause as Error).message, `${method} ${api.url}/ was given up`)
            assert.equal((error.cause as Error).cause, reason)
          }
        }
      })
    }

    it('is not called, since there was no time left, tells the upstream nothing', async () => {
      for (const reason of [new DOMException('late', 'TimeoutError'), new DOMException('stop', 'AbortError')]) {
        const told = new Told()
        const call = make(told)('http://127.0.0.1:9', { method: 'POST', signal: AbortSignal.abort(reason) })
        assert.equal(await thrownBy(call), reason)
        assert.deepEqual(told.words, [])
      }
    })
  })
}
