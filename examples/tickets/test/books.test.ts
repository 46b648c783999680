import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { PermanentError, UpstreamError } from '../../../src/index.ts'
import { readBooks } from '../demo/books.ts'
import { serverThat } from '../../shared/test/server-that.ts'

const never = new AbortController().signal
const BOOKS = { receipts: [], toPrint: [['a']], toRefund: [['a']] }

/** APIs that fail their first callers in turn, and are well afterwards. */
const failing = async (...failures: readonly ((response: ServerResponse) => void)[]) => {
  let calls = 0
  const server = await serverThat((request, response) => {
    request.resume()
    const fail = failures[calls++]
    if (fail !== undefined) fail(response)
    else response.end(request.url?.endsWith('rows') === true ? '{"rows":[["a"]]}' : '[]')
  })
  return {
    ...server,
    get calls() {
      return calls
    },
  }
}

const answer = (status: number, retryAfter?: string) => (response: ServerResponse) => {
  response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter }).end()
}

describe('the books that the demo reads', () => {
  it('are read again after each failure that may pass', async () => {
    await using api = await failing(
      answer(500),
      answer(503),
      answer(429, '0'),
      (response) => response.destroy(),
      (response) => response.end('[{"number":'),
      () => {}, // Never answered.
    )
    assert.deepEqual(await readBooks(api.url, never), BOOKS)
    assert.equal(api.calls, 6 + 3)
  })

  it('are not read before the API may be asked again', async () => {
    await using api = await failing(answer(429, '1'))
    const began = performance.now()
    assert.deepEqual(await readBooks(api.url, never), BOOKS)
    assert.ok(performance.now() - began >= 990)
  })

  it('are given up where the API wants to be left alone for too long', async () => {
    await using api = await failing(answer(503, '3600'))
    await assert.rejects(readBooks(api.url, never), UpstreamError)
    assert.equal(api.calls, 1)
  })

  it('are given up where the API refuses', async () => {
    await using api = await failing(answer(404))
    await assert.rejects(readBooks(api.url, never), PermanentError)
  })

  it('are given up when the demo is stopped, also while it waits', async () => {
    const stop = new AbortController()
    const reason = new Error('stopped')
    await using api = await failing((response) => {
      response.once('close', () => stop.abort(reason))
      answer(503, '20')(response)
    })
    await assert.rejects(readBooks(api.url, stop.signal), reason)
    await assert.rejects(readBooks(api.url, stop.signal), reason)
    assert.equal(api.calls, 1)
  })
})
