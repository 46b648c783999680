import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermanentError, UnknownError, UpstreamError, upstreamFetch } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { until } from '../worker/running.ts'
import { apiThat, apiWithSockets } from './call-api.ts'
import { everythingOf, givenOf, thrownBy, Told } from './call-callers.ts'

describe('upstreamFetch', () => {
  for (const status of [300, 302, 303, 304, 307, 308]) {
    it(`passes a ${status} on that it was told not to follow`, async () => {
      await using api = await apiThat((_, response) => void response.writeHead(status, { Location: '/b' }).end())
      const told = new Told()
      const response = await upstreamFetch(told)(api.url, { redirect: 'manual' })
      assert.deepEqual([response.status, told.words], [status, ['answered']])
    })
  }

  it('reads the body of an error for 10 s at most, and frees its socket', async () => {
    const closed = Promise.withResolvers<void>()
    await using api = await apiThat((_, response) => {
      response
        .on('close', () => closed.resolve())
        .writeHead(500)
        .write('the beginning')
    })
    const clock = new FakeClock()
    const told = new Told()
    const call = thrownBy(upstreamFetch(told, fetch, { clock })(api.url))
    await until(() => clock.jump())
    assert.equal(clock.elapsed(), 10_000)
    const error = await call
    assert.ok(error instanceof UpstreamError)
    assert.ok(['the beginning…', '…', undefined].includes(givenOf(error).body))
    assert.equal(told.words.length, 1)
    await closed.promise
  })

  it('tells of a bad answer before it has read why', async () => {
    await using api = await apiThat((_, response) => void response.writeHead(500).write('slowly'))
    const clock = new FakeClock()
    const told = new Told()
    const call = thrownBy(upstreamFetch(told, fetch, { clock })(api.url))
    await until(() => told.words.length > 0)
    assert.deepEqual(told.words, ['failed'])
    await until(() => clock.jump())
    await call
  })

  it('reads 16 KiB of the body of an error, and frees its socket', async () => {
    const closed = Promise.withResolvers<void>()
    await using api = await apiThat((_, response) => {
      response.on('close', () => closed.resolve()).writeHead(400)
      const write = (): void => {
        while (response.write('x'.repeat(1_000)));
        response.once('drain', write)
      }
      write()
    })
    const error = await thrownBy(upstreamFetch(new Told())(api.url))
    assert.ok(error instanceof PermanentError)
    assert.equal(givenOf(error).body, `${'x'.repeat(499)}…`)
    await closed.promise
  })

  it('goes by the status of an error whose body breaks off, or is given up', async () => {
    await using cut = await apiWithSockets((socket) => socket.end('HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\nwhy'))
    const error = await thrownBy(upstreamFetch(new Told())(cut.url, { method: 'POST' }))
    assert.ok(error instanceof PermanentError)
    assert.ok([undefined, 'why…', '…'].includes(givenOf(error).body))
    await using slow = await apiThat((_, response) => void response.writeHead(404).write('why'))
    const told = new Told()
    const stop = new AbortController()
    const stopped = thrownBy(upstreamFetch(told)(slow.url, { method: 'POST', signal: stop.signal }))
    await until(() => told.words.length > 0)
    stop.abort()
    assert.ok((await stopped) instanceof PermanentError)
    assert.deepEqual(told.words, ['answered'])
  })

  it('reads why in the charset that the answer names', async () => {
    await using api = await apiThat((request, response) => {
      const charset = request.url === '/a' ? 'iso-8859-1' : 'no-such-one'
      response.writeHead(400, { 'Content-Type': `text/plain; charset=${charset}` })
      response.end(Buffer.from('schön', request.url === '/a' ? 'latin1' : 'utf8'))
    })
    for (const path of ['/a', '/b']) {
      assert.equal(givenOf(await thrownBy(upstreamFetch(new Told())(api.url + path))).body, 'schön')
    }
  })

  it('takes a text, a URL and a Request, of which the second argument has the last word', async () => {
    await using api = await apiThat((_, response) => void response.writeHead(502).end())
    const headers = { 'Idempotency-Key': 'k' }
    const post = { method: 'POST' }
    for (const [input, init, kind] of [
      [api.url, undefined, UpstreamError],
      [new URL(api.url), { method: 'post' }, UnknownError],
      [new Request(api.url, { ...post, headers }), undefined, UpstreamError],
      [new Request(api.url, { ...post, body: 'a' }), undefined, UnknownError],
      [new Request(api.url, { ...post, headers }), { headers: {} }, UnknownError],
      [new Request(api.url, post), { method: 'PUT' }, UpstreamError],
      [new Request(api.url, post), { headers: [['idempotency-key', 'k']] as [string, string][] }, UpstreamError],
    ] as const) {
      const error = await thrownBy(upstreamFetch(new Told())(input, init))
      assert.equal(error.constructor, kind)
      assert.equal(givenOf(error).url, `${api.url}/`)
    }
  })

  it('heeds the signal of a Request, unless it is given another one or none', async () => {
    const stop = AbortSignal.abort(new Error('stop'))
    await using api = await apiThat((_, response) => void response.end())
    const request = new Request(api.url, { signal: stop })
    assert.equal((await thrownBy(upstreamFetch(new Told())(request))).message, 'stop')
    assert.equal((await upstreamFetch(new Told())(request, { signal: null })).status, 200)
  })

  it('passes to the fetch that it was given exactly what it got', async () => {
    const seen: unknown[] = []
    const fetch = async (...parameters: readonly unknown[]): Promise<Response> => {
      seen.push(...parameters)
      return new Response('a')
    }
    const init = { method: 'POST', dispatcher: {} } as RequestInit
    assert.equal(await (await upstreamFetch(new Told(), fetch)('http://api/a', init)).text(), 'a')
    assert.deepEqual(seen, ['http://api/a', init])
    assert.equal(seen[1], init)
  })

  for (const [what, input, init] of [
    ['an address that is none', '/a?key=hunter2hunter2', {}],
    ['a user and a password in the address', 'http://hunter2:hunter2hunter2@api/a', {}],
    ['a scheme that fetch does not know', 'foo://api/a?key=hunter2hunter2', {}],
    ['a port that fetch refuses', 'http://127.0.0.1:6666/a?key=hunter2hunter2', {}],
    ['a header with a line end', 'http://api/a', { headers: { Authorization: 'Bearer hunter2\nhunter2' } }],
    ['a header whose name is none', 'http://api/a', { headers: { 'a b': 'hunter2hunter2' } }],
    ['a body that a GET cannot have', 'http://api/a?key=hunter2hunter2', { body: 'hunter2hunter2' }],
  ] as const) {
    it(`blames ${what} on nobody but who called`, async () => {
      const told = new Told()
      const error = await thrownBy(upstreamFetch(told)(input, init))
      assert.ok(error instanceof TypeError)
      assert.match(error.message, /^GET \S+ could not be made: /)
      assert.doesNotMatch(everythingOf(error), /hunter2/)
      assert.deepEqual(told.words, [])
    })
  }

  it('takes an abort that no signal of its caller made for what it says it is', async () => {
    for (const [name, words] of [
      ['TimeoutError', ['failed']],
      ['AbortError', []],
    ] as const) {
      const told = new Told()
      const fetch = async (): Promise<never> => {
        throw new DOMException('mine', name)
      }
      assert.ok((await thrownBy(upstreamFetch(told, fetch)('http://api', { method: 'POST' }))) instanceof UnknownError)
      assert.deepEqual(told.words, words)
    }
  })
})
