import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { describe, it } from 'node:test'
import { FakeClock } from '../../src/testing/index.ts'
import { UnknownError, Upstream, UpstreamError } from '../../src/index.ts'
import { type Api, apiThat, apiWithSockets } from './call-api.ts'
import { callers, givenOf, thrownBy, Told } from './call-callers.ts'

const cutByLength = (): Promise<Api> =>
  apiWithSockets((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a"'))
const cutInChunks = (): Promise<Api> =>
  apiWithSockets((socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n'))
const resetWithin = (): Promise<Api> =>
  apiWithSockets((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a"', () => socket.resetAndDestroy())
  })
const badGzip = (): Promise<Api> =>
  apiThat((_, response) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('no gzip'))

const broken: readonly (readonly [what: string, api: () => Promise<Api>])[] = [
  ['shorter than it said', cutByLength],
  ['without its last chunk', cutInChunks],
  ['reset in the middle', resetWithin],
  ['in no encoding that it said', badGzip],
]

const reads = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const

const saying = (text: string, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => void response.writeHead(200, headers).end(text)
}

for (const { name, make } of callers) {
  describe(`a good answer through ${name}`, () => {
    for (const [what, of] of broken) {
      it(`has an unknown outcome where its body is ${what}, however it is read`, async () => {
        await using api = await of()
        for (const method of ['GET', 'POST']) {
          for (const read of reads) {
            const told = new Told()
            const response = await make(told)(`${api.url}/a?b=c`, { method })
            const error = await thrownBy(response[read]())
            assert.ok(error instanceof UnknownError, `${read}: ${String(error)}`)
            const [, report] = told.all
            assert.ok(report instanceof UpstreamError)
            assert.equal(error.cause, report)
            assert.equal(report.message, `${method} ${api.url}/a was answered 200, but with a body that cannot be read`)
            assert.deepEqual(givenOf(error), { method, url: `${api.url}/a`, status: 200, body: undefined })
            assert.deepEqual(told.words, ['answered', 'failed'])
          }
        }
      })
    }

    for (const text of ['<html>down</html>', '', '{"a":', 'undefined', '{"a":1}{"b":2}']) {
      it(`has an unknown outcome where it has to be JSON and is ${JSON.stringify(text)}`, async () => {
        await using api = await apiThat(saying(text))
        const told = new Told()
        const error = await thrownBy((await make(told)(api.url)).json())
        assert.ok(error instanceof UnknownError)
        const { cause } = error
        assert.ok(cause instanceof UpstreamError)
        assert.match(cause.message, /^GET \S+ was answered 200, but with a body that cannot be read/)
        assert.equal(givenOf(error).body, text === '' ? undefined : text)
        assert.deepEqual(told.words, ['answered', 'failed'])
      })
    }

    it('is no JSON, and its error shows nothing secret of it', async () => {
      await using api = await apiThat(saying('password=hunter2hunter2'))
      const error = await thrownBy((await make(new Told())(api.url)).json())
      assert.equal(givenOf(error).body, 'password=[…]')
      assert.ok(!String((error.cause as Error).cause).includes('hunter2'))
    })

    it('is JSON, in each way that JSON can be', async () => {
      for (const value of [{ a: [1] }, [], 'text', 0, null, false]) {
        await using api = await apiThat(saying(JSON.stringify(value)))
        const told = new Told()
        assert.deepEqual(await (await make(told)(api.url)).json(), value)
        assert.deepEqual(told.words, ['answered'])
      }
    })

    for (const status of [204, 205]) {
      it(`says by its status ${status} that it has no JSON: that is undefined`, async () => {
        await using api = await apiThat((_, response) => void response.writeHead(status).end())
        const told = new Told()
        assert.equal(await (await make(told)(api.url)).json(), undefined)
        assert.deepEqual(told.words, ['answered'])
      })
    }

    it('is read as each of its forms', async () => {
      const form = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'
      await using api = await apiThat(saying(form, { 'Content-Type': 'multipart/form-data; boundary=b' }))
      const told = new Told()
      const call = async (): Promise<Response> => await make(told)(api.url)
      assert.equal(await (await call()).text(), form)
      assert.equal((await (await call()).arrayBuffer()).byteLength, form.length)
      assert.equal((await (await call()).bytes()).length, form.length)
      assert.equal((await (await call()).blob()).size, form.length)
      assert.equal((await (await call()).formData()).get('a'), '1')
      assert.deepEqual(new Set(told.words), new Set(['answered']))
    })

    it('leaves its connection to the next call, and so does a bad one', async () => {
      const sockets = new Set<unknown>()
      await using api = await apiThat((request, response) => {
        sockets.add(request.socket)
        response.writeHead(request.url === '/bad' ? 500 : 200).end('why')
      })
      const call = make(new Told())
      for (let times = 0; times < 3; times += 1) {
        await (await call(api.url)).text()
        await thrownBy(call(`${api.url}/bad`))
      }
      assert.ok(sockets.size < 3, `${sockets.size} connections for 6 calls`)
    })

    it('that is read twice is not the fault of the API', async () => {
      await using api = await apiThat(saying('a'))
      const told = new Told()
      const response = await make(told)(api.url)
      await response.text()
      const error = await thrownBy(response.text())
      assert.ok(error instanceof TypeError)
      assert.deepEqual(told.words, ['answered'])
    })

    it('is guarded in its clones, and told of once', async () => {
      await using api = await cutByLength()
      const told = new Told()
      const response = await make(told)(api.url)
      const clone = response.clone()
      assert.ok((await thrownBy(clone.text())) instanceof UnknownError)
      assert.ok((await thrownBy(response.json())) instanceof UnknownError)
      assert.equal(told.words.filter((word) => word === 'failed').length, 1)
    })

    it('whose body does not come in time has an unknown outcome', async () => {
      await using api = await apiThat((_, response) => void response.writeHead(200).write('a'))
      for (const method of ['GET', 'POST']) {
        const told = new Told()
        const late = new AbortController()
        const response = await make(told)(api.url, { method, signal: late.signal })
        const read = thrownBy(response.text())
        late.abort(new DOMException('50 ms are over', 'TimeoutError'))
        assert.ok((await read) instanceof UnknownError)
        assert.deepEqual(told.words, ['answered', 'failed'])
      }
    })

    it('whose body is given up by its caller tells the upstream nothing of that', async () => {
      await using api = await apiThat((_, response) => void response.writeHead(200).write('a'))
      for (const method of ['GET', 'POST']) {
        const told = new Told()
        const stop = new AbortController()
        const reason = new DOMException('the worker stops', 'AbortError')
        const response = await make(told)(api.url, { method, signal: stop.signal })
        const read = thrownBy(response.text())
        stop.abort(reason)
        const error = await read
        if (method === 'GET') assert.equal(error, reason)
        else assert.ok(error instanceof UnknownError)
        assert.deepEqual(told.words, ['answered'])
      }
    })

    it('closes its upstream when five bodies in a row are broken, and one that is read opens it', async () => {
      let text = '<html>down</html>'
      await using api = await apiThat((_, response) => void response.end(text))
      const clock = new FakeClock()
      const upstream = new Upstream('api', { clock })
      const call = make(upstream, { clock })
      const read = async (): Promise<unknown> => await (await call(api.url)).json()
      for (let times = 0; times < 5; times += 1) {
        assert.equal(upstream.closedUntil, undefined)
        await thrownBy(read())
      }
      assert.ok(upstream.closedUntil)
      assert.match(upstream.closedBecause, /but with a body that cannot be read: <html>down<\/html>$/)
      await clock.advance(1_000)
      await thrownBy(read())
      assert.ok(upstream.closedUntil, 'a probe with a broken body closes it again')
      await clock.advance(10_000)
      text = '{}'
      await read()
      await clock.yield()
      text = '<html>'
      await thrownBy(read())
      assert.equal(upstream.closedUntil, undefined)
    })
  })
}
