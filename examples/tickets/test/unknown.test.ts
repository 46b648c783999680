import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { leftOf, post, serving, statisticsOf } from './serving.ts'
import { serverThat, type TestServer } from '../../shared/test/server-that.ts'

interface Sheet extends TestServer {
  readonly rows: readonly string[]
  /** Calls that append, and calls that read. */
  readonly appends: number
  readonly reads: number
}

type Call = (append: () => void, response: ServerResponse, ticketId: string) => void

const done: Call = (append, response) => {
  append()
  response.end('{}')
}

/** The APIs, where the first call for each ticket's row fares as `first` says and all later ones are done. */
const sheetWhere = async (first: Call): Promise<Sheet> => {
  const rows: string[] = []
  const known = new Set<string>()
  const count = { appends: 0, reads: 0 }
  const append = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { columns } = (await json(request)) as { columns: [string] }
    const [ticketId] = columns
    const call = known.has(ticketId) ? done : first
    known.add(ticketId)
    count.appends += 1
    call(() => rows.push(ticketId), response, ticketId)
  }
  const api = await serverThat((request, response) => {
    if (request.method === 'POST') return append(request, response)
    request.resume()
    if (request.method === 'PUT') response.end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
    else {
      count.reads += 1
      response.end(JSON.stringify({ rows: rows.map((ticketId) => [ticketId]) }))
    }
    return undefined
  })
  return {
    ...api,
    rows,
    get appends() {
      return count.appends
    },
    get reads() {
      return count.reads
    },
  }
}

describe('a row that nobody knows to be there or not', () => {
  it('is looked for and not appended again, where it is there', async () => {
    await using sheet = await sheetWhere((append, response) => {
      append()
      response.destroy()
    })
    await using service = await serving({ gatewayAddr: sheet.url })
    await post(service, { tickets: ['a', 'b'] })
    await service.worker.idle()
    assert.deepEqual([...sheet.rows].sort(), ['a', 'b'])
    assert.equal(sheet.appends, 2)
    const { retries, unknown, reconciled } = await statisticsOf(service)
    assert.deepEqual({ retries, unknown, reconciled }, { retries: 2, unknown: 2, reconciled: 2 })
  })

  it('is appended again where it is not there, but only once the first call can do nothing any more', async () => {
    const callTimeoutMs = 1_000
    await using sheet = await sheetWhere((_, response) => void response.destroy())
    await using service = await serving({ gatewayAddr: sheet.url, callTimeoutMs })
    const began = performance.now()
    await post(service, { tickets: ['a', 'b'] })
    await service.worker.idle()
    assert.deepEqual([...sheet.rows].sort(), ['a', 'b'])
    assert.equal(sheet.appends, 4)
    assert.ok(performance.now() - began >= callTimeoutMs)
    const { unknown, reconciled } = await statisticsOf(service)
    assert.deepEqual({ unknown, reconciled }, { unknown: 2, reconciled: 0 })
  })

  it('is looked for where its call never ends', async () => {
    await using sheet = await sheetWhere((append) => append())
    await using service = await serving({ gatewayAddr: sheet.url, callTimeoutMs: 100 })
    await post(service, { tickets: ['a'] })
    await service.worker.idle()
    assert.deepEqual(sheet.rows, ['a'])
    assert.equal(sheet.appends, 1)
    const { unknown, reconciled } = await statisticsOf(service)
    assert.ok(unknown >= 1)
    assert.equal(reconciled, 1)
  })

  it('is looked for where something in between says that it had no answer', async () => {
    await using sheet = await sheetWhere((append, response) => {
      append()
      response.writeHead(504).end()
    })
    await using service = await serving({ gatewayAddr: sheet.url })
    await post(service, { tickets: ['a'] })
    await service.worker.idle()
    assert.deepEqual(sheet.rows, ['a'])
  })
})

describe('a row that is surely not there', () => {
  it('is appended again at once, without a look, where the API answers that it failed', async () => {
    await using sheet = await sheetWhere((_, response) => void response.writeHead(500).end())
    await using service = await serving({ gatewayAddr: sheet.url })
    await post(service, { tickets: ['a'] })
    await service.worker.idle()
    assert.deepEqual(sheet.rows, ['a'])
    assert.equal(sheet.reads, 0)
  })

  it('is appended later, without a look, where no connection was made', async () => {
    const gone = await sheetWhere(done)
    const { port } = new URL(gone.url)
    await gone[Symbol.asyncDispose]()
    await using service = await serving({ gatewayAddr: `http://127.0.0.1:${port}`, retry: { minMs: 60_000 } })
    await post(service, { tickets: ['a'] })
    assert.equal(await leftOf(service), 2)
  })
})
