import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serverThat, type TestServer } from '../../shared/test/server-that.ts'
import { openLibrary } from '../gateway/open-library.ts'
import { HOBBIT } from './isbns.ts'

const signal = new AbortController().signal

/** An API that answers everything so, and the paths that it was asked for. */
async function answering(status: number, body: string): Promise<TestServer & { readonly paths: readonly unknown[] }> {
  const paths: unknown[] = []
  const server = await serverThat((request, response) => {
    paths.push(`${request.method} ${request.url}`)
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  return { ...server, paths }
}

const ask = async (status: number, body: string): Promise<readonly string[]> => {
  await using api = await answering(status, body)
  return await openLibrary(api.url, { timeoutMs: 10_000 }).publishersOf(HOBBIT, { signal })
}

describe('the client of Open Library', { timeout: 30_000 }, () => {
  it('asks for the edition with this ISBN, and gives its publishers in their order', async () => {
    await using api = await answering(200, '{"title":"The Hobbit","publishers":["HarperCollins","Unwin"]}')
    const { publishersOf } = openLibrary(api.url, { timeoutMs: 10_000 })
    assert.deepEqual(await publishersOf(HOBBIT, { signal }), ['HarperCollins', 'Unwin'])
    assert.deepEqual(api.paths, [`GET /isbn/${HOBBIT}.json`])
  })

  it('asks below the path of its address', async () => {
    await using api = await answering(200, '{}')
    await openLibrary(`${api.url}/behind`, { timeoutMs: 10_000 }).publishersOf(HOBBIT, { signal })
    assert.deepEqual(api.paths, [`GET /behind/isbn/${HOBBIT}.json`])
  })

  it('follows to where the edition is', async () => {
    await using api = await serverThat((request, response) => {
      if (request.url === '/books/OL1M.json') response.end('{"publishers":["HarperCollins"]}')
      else response.writeHead(302, { location: '/books/OL1M.json' }).end()
    })
    const { publishersOf } = openLibrary(api.url, { timeoutMs: 10_000 })
    assert.deepEqual(await publishersOf(HOBBIT, { signal }), ['HarperCollins'])
  })

  for (const [what, status, body] of [
    ['has an edition without publishers', 200, '{"title":"The Hobbit"}'],
    ['has an edition with an empty list of them', 200, '{"publishers":[]}'],
    ['has only empty names', 200, '{"publishers":[""," "]}'],
    ['knows no such edition', 404, '{"error":"notfound"}'],
  ] as const) {
    it(`gives no publisher where the API ${what}`, async () => {
      assert.deepEqual(await ask(status, body), [])
    })
  }

  it('asks once only where the API fails, and says how', async () => {
    await using api = await answering(503, '{}')
    const { publishersOf } = openLibrary(api.url, { timeoutMs: 10_000 })
    await assert.rejects(publishersOf(HOBBIT, { signal }), /^HTTPError: Request failed with status code 503/)
    assert.equal(api.paths.length, 1)
  })

  for (const [what, body] of [
    ['no JSON', '<html>'],
    ['no list of publishers', '{"publishers":"HarperCollins"}'],
    ['names that are no texts', '{"publishers":[{"name":"HarperCollins"}]}'],
    ['a name that is too long', JSON.stringify({ publishers: ['a'.repeat(501)] })],
    ['too many names', JSON.stringify({ publishers: Array.from({ length: 1_001 }, () => 'a') })],
    ['a lone surrogate in a name', '{"publishers":["\\ud800"]}'],
  ] as const) {
    it(`fails where the API answers ${what}`, async () => {
      await assert.rejects(ask(200, body))
    })
  }

  it('reads no more of an answer than a mebibyte', async () => {
    const large = ' '.repeat(1_048_577)
    await assert.rejects(ask(200, large), /^RangeError: the answer of \S+ has more than 1048576 bytes$/)
    assert.deepEqual(await ask(200, '{}'.padEnd(1_048_576)), [])
  })

  for (const [what, begin] of [
    ['at all', ''],
    ['to the end', '{"publishers":['],
  ] as const) {
    it(`gives up an API that does not answer ${what} within its time`, async () => {
      await using api = await serverThat((_, response) => {
        if (begin !== '') response.write(begin)
      })
      const { publishersOf } = openLibrary(api.url, { timeoutMs: 50 })
      await assert.rejects(
        publishersOf(HOBBIT, { signal }),
        /^Error: \S+ has not answered for 9780261103344 within 50 ms$/,
      )
    })
  }

  it('gives up a call when its signal is aborted', async () => {
    const stop = new AbortController()
    await using api = await serverThat(() => stop.abort(new Error('stopped')))
    const { publishersOf } = openLibrary(api.url, { timeoutMs: 10_000 })
    await assert.rejects(publishersOf(HOBBIT, { signal: stop.signal }), /stopped/)
  })
})
