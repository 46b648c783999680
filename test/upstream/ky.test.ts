import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import ky, { isHTTPError, SchemaValidationError } from 'ky'
import { z } from 'zod'
import { PermanentError, UnknownError, UpstreamError } from '../../src/index.ts'
import { upstreamHooks } from '../../src/upstream/ky.ts'
import { apiThat, apiThatIsGone } from './call-api.ts'
import { givenOf, thrownBy, Told } from './call-callers.ts'

const json = { 'Content-Type': 'application/json' }

describe('ky with upstreamHooks', () => {
  it('tries once: to try again is for the worker', async () => {
    let calls = 0
    await using api = await apiThat((_, response) => {
      calls += 1
      response.writeHead(503).end()
    })
    const told = new Told()
    await thrownBy(ky.create({ retry: 3 }).extend(upstreamHooks(told)).get(api.url).text())
    assert.deepEqual([calls, told.words], [1, ['failed']])
  })

  it('tells of each answer where it is made to try again', async () => {
    let calls = 0
    await using api = await apiThat((_, response) => {
      calls += 1
      response.writeHead(calls === 1 ? 503 : 200).end()
    })
    const told = new Told()
    const again = ky.extend(upstreamHooks(told)).extend({ retry: { limit: 1, delay: () => 0 } })
    assert.equal((await again.get(api.url)).status, 200)
    assert.deepEqual(told.words, ['failed', 'answered'])
  })

  it('returns each answer where ky is told to throw none, and tells of it', async () => {
    for (const [status, words] of [
      [503, ['failed']],
      [404, ['answered']],
      [302, ['answered']],
      [200, ['answered']],
    ] as const) {
      await using api = await apiThat((_, response) => void response.writeHead(status, json).end('{"a":1}'))
      const told = new Told()
      const lenient = ky.extend(upstreamHooks(told)).extend({ throwHttpErrors: false, redirect: 'manual' })
      const response = await lenient.get(api.url)
      assert.equal(response.status, status)
      assert.deepEqual(await response.json(), { a: 1 })
      assert.deepEqual(told.words, words)
    }
  })

  it('gives hooks for errors that come before it the errors of ky, and those after it the ones of willcall', async () => {
    await using api = await apiThat((_, response) => void response.writeHead(422, json).end('{"why":"bad"}'))
    const seen: unknown[] = []
    const see = { hooks: { beforeError: [({ error }: { error: Error }) => (seen.push(error), error)] } }
    const error = await thrownBy(ky.extend(see).extend(upstreamHooks(new Told())).extend(see).get(api.url).json())
    const [before, after] = seen
    assert.ok(isHTTPError(before))
    assert.deepEqual(before.data, { why: 'bad' })
    assert.ok(after instanceof PermanentError)
    assert.equal(error, after)
    assert.equal(error.message, `GET ${api.url}/ was answered 422: {"why":"bad"}`)
  })

  for (const [what, body, shown] of [
    ['JSON', '{ "why": "bad" }', '{"why":"bad"}'],
    ['text that says it is JSON', '<html>bad</html>', '<html>bad</html>'],
    ['JSON that was cut', '{"why": "ba', '{"why": "ba'],
    ['nothing', '', undefined],
  ] as const) {
    it(`says what an API said of its failure: ${what}`, async () => {
      await using api = await apiThat((_, response) => void response.writeHead(500, json).end(body))
      const error = await thrownBy(ky.extend(upstreamHooks(new Told())).get(api.url).json())
      assert.equal(givenOf(error).body, shown)
    })
  }

  it("keeps the user's parser, whether it came before or after", async () => {
    await using api = await apiThat((_, response) => void response.end('{"a":1}'))
    const parseJson = async (text: string, { response }: { response: Response }): Promise<unknown> => [
      text,
      response.status,
    ]
    const parsed = ['{"a":1}', 200]
    const told = new Told()
    const before = ky.create({ parseJson }).extend(upstreamHooks(told))
    assert.deepEqual(await before.get(api.url).json(), parsed)
    assert.deepEqual(await (await before.get(api.url)).json(), parsed)
    assert.deepEqual(await ky.extend(upstreamHooks(told)).extend({ parseJson }).get(api.url).json(), parsed)
    assert.deepEqual(await ky.extend(upstreamHooks(told)).get(api.url, { parseJson }).json(), parsed)
    assert.deepEqual(told.words, ['answered', 'answered', 'answered', 'answered'])
  })

  it("takes the parser's SyntaxError for a body that is no JSON, and passes its other errors on", async () => {
    await using api = await apiThat((_, response) => void response.end('{}'))
    for (const [thrown, words] of [
      [new SyntaxError('__proto__'), ['answered', 'failed']],
      [new RangeError('too large'), ['answered']],
    ] as const) {
      const told = new Told()
      const strict = ky.extend(upstreamHooks(told)).extend({
        parseJson: () => {
          throw thrown
        },
      })
      const error = await thrownBy(strict.get(api.url).json())
      if (thrown instanceof SyntaxError) assert.ok(error instanceof UnknownError)
      else assert.equal(error, thrown)
      assert.deepEqual(told.words, words)
    }
  })

  it('checks a body by its schema, which is not what the API fails by', async () => {
    await using api = await apiThat((_, response) => void response.end('{"a":1}'))
    const told = new Told()
    const call = ky.extend(upstreamHooks(told))
    assert.deepEqual(await call.get(api.url).json(z.object({ a: z.number() })), { a: 1 })
    const error = await thrownBy(call.get(api.url).json(z.object({ a: z.string() })))
    assert.ok(error instanceof SchemaValidationError)
    assert.deepEqual(told.words, ['answered', 'answered'])
  })

  it("ends by ky's own time-out, of which the error shows no query", async () => {
    await using api = await apiThat(() => {})
    for (const limit of [{ timeout: 20 }, { timeout: false, totalTimeout: 20 }] as const) {
      for (const [method, kind] of [
        ['get', UpstreamError],
        ['post', UnknownError],
      ] as const) {
        const told = new Told()
        const error = await thrownBy(
          ky
            .extend(upstreamHooks(told))(`${api.url}/a?key=abcd1234`, { method, ...limit })
            .text(),
        )
        assert.equal(error.constructor, kind)
        const [report] = told.all
        assert.ok(report instanceof UpstreamError)
        assert.equal(report.message, `${method.toUpperCase()} ${api.url}/a timed out`)
        assert.equal(report.cause, undefined)
        assert.equal(told.all.length, 1)
      }
    }
  })

  it("has an unknown outcome where ky's own time-out ends a good answer, and tells of it once", async () => {
    await using api = await apiThat((_, response) => void response.writeHead(200).write('a'))
    const ways = [
      ['get', 'json'],
      ['post', 'text'],
      ['get', 'bytes'],
    ] as const
    await Promise.all(
      ways.map(async ([method, read]) => {
        const told = new Told()
        const error = await thrownBy(ky.extend(upstreamHooks(told))(api.url, { method, timeout: 400 })[read]())
        assert.ok(error instanceof UnknownError)
        assert.deepEqual(told.words, ['answered', 'failed'])
        assert.equal(givenOf(error).status, 200)
      }),
    )
  })

  it('ends by the status where the body of an error never ends', async () => {
    await using api = await apiThat(
      (_, response) => void response.writeHead(429, { 'Retry-After': '7' }).write('slowly'),
    )
    for (const limit of [{ timeout: 400 }, { timeout: false, totalTimeout: 400 }] as const) {
      const told = new Told()
      const error = await thrownBy(ky.extend(upstreamHooks(told)).post(api.url, limit).json())
      assert.ok(error instanceof UpstreamError)
      assert.deepEqual([error.retryAfterMs, told.words], [7_000, ['failed']])
    }
  })

  for (const status of [302, 304]) {
    it(`ends a ${status} that ky throws for good: the same call would be answered the same`, async () => {
      await using api = await apiThat((_, response) => void response.writeHead(status, { Location: '/b' }).end())
      const told = new Told()
      const error = await thrownBy(ky.extend(upstreamHooks(told)).get(api.url, { redirect: 'manual' }).text())
      assert.ok(error instanceof PermanentError)
      assert.deepEqual([givenOf(error).status, told.words], [status, ['answered']])
    })
  }

  it('passes on what a hook throws', async () => {
    await using api = await apiThat((_, response) => void response.end())
    await using gone = await apiThatIsGone()
    const hook = async (): Promise<undefined> => void (await ky.get(`${gone.url}/token`, { retry: 0 }))
    for (const hooks of [{ beforeRequest: [hook] }, { afterResponse: [hook] }]) {
      const told = new Told()
      const error = await thrownBy(ky.extend(upstreamHooks(told)).extend({ hooks }).post(api.url).text())
      assert.equal(error.name, 'NetworkError')
      assert.ok(!told.words.includes('failed'))
    }
  })

  it('tells of the answer that a hook makes of another', async () => {
    await using api = await apiThat((_, response) => void response.end('{"error":"busy"}'))
    const told = new Told()
    const hooks = { afterResponse: [() => new Response('busy', { status: 503 })] }
    const error = await thrownBy(ky.extend(upstreamHooks(told)).extend({ hooks }).get(api.url).text())
    assert.ok(error instanceof UpstreamError)
    assert.equal(error.message, `GET ${api.url}/ was answered 503: busy`)
    assert.deepEqual(told.words, ['answered', 'failed'])
  })

  it('takes an answer from a hook for one of the API', async () => {
    const told = new Told()
    const hooks = { beforeRequest: [() => Response.json({ a: 1 })] }
    assert.deepEqual(await ky.extend(upstreamHooks(told)).extend({ hooks }).get('http://api.invalid').json(), { a: 1 })
    assert.deepEqual(told.words, ['answered'])
  })

  it('lets a hook after it read the body, which is read again by the caller', async () => {
    await using api = await apiThat((_, response) => void response.end('{"a":1}'))
    const seen: unknown[] = []
    const hooks = {
      afterResponse: [async ({ response }: { response: Response }) => void seen.push(await response.json())],
    }
    const told = new Told()
    const both = ky.extend({ hooks }).extend(upstreamHooks(told)).extend({ hooks })
    assert.deepEqual(await both.get(api.url).json(), { a: 1 })
    assert.deepEqual([seen, told.words], [[{ a: 1 }, { a: 1 }], ['answered']])
  })

  it('reports to two upstreams what is the fault of both', async () => {
    await using api = await apiThat((_, response) => void response.writeHead(503).end())
    const [gateway, receipts] = [new Told(), new Told()]
    const error = await thrownBy(ky.extend(upstreamHooks(gateway)).extend(upstreamHooks(receipts)).get(api.url).text())
    assert.ok(error instanceof UpstreamError)
    assert.deepEqual([gateway.words, receipts.words], [['failed'], ['failed']])
  })

  it('keeps no copy of a body: who gives up the answer frees its socket', async () => {
    const closed = Promise.withResolvers<void>()
    await using api = await apiThat((_, response) => {
      response.on('close', () => closed.resolve()).writeHead(200)
      response.write('a')
    })
    const response = await ky.extend(upstreamHooks(new Told())).get(api.url)
    await response.body?.cancel()
    await closed.promise
  })

  it('takes a body of any size without holding more than the reader has asked for', async () => {
    let written = 0
    const stopped = Promise.withResolvers<void>()
    await using api = await apiThat((_, response) => {
      response.writeHead(200)
      const write = (): void => {
        while (response.write(Buffer.alloc(65_536))) written += 65_536
        response.once('drain', write)
      }
      write()
      response.on('close', () => stopped.resolve())
    })
    const response = await ky.extend(upstreamHooks(new Told())).get(api.url)
    const reader = response.body?.getReader() ?? assert.fail()
    for (let read = 0; read < 65_536; ) read += (await reader.read()).value?.length ?? assert.fail()
    assert.ok(written < 50_000_000, `${written} bytes were taken`)
    await reader.cancel()
    await stopped.promise
  })

  it('reports the progress of a body', async () => {
    await using api = await apiThat((_, response) => void response.end('{"a":1}'))
    const parts: number[] = []
    const onDownloadProgress = ({ transferredBytes }: { transferredBytes: number }): void =>
      void parts.push(transferredBytes)
    const told = new Told()
    assert.deepEqual(await ky.extend(upstreamHooks(told)).get(api.url, { onDownloadProgress }).json(), { a: 1 })
    assert.deepEqual([parts.at(-1), told.words], [7, ['answered']])
  })
})
