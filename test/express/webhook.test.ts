import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import express from 'express'
import { z } from 'zod'
import { webhook } from '../../src/express/index.ts'
import { WillcallError, Worker } from '../../src/index.ts'
import { HandClock, type Kept, Office, order, ticketsOf, until } from './office.ts'

const jobsOf = async (response: Response): Promise<readonly string[]> => ((await response.json()) as Kept).jobs

describe('webhook: orders that are kept', () => {
  it('an order is answered with the ids of its jobs, in order, once they are kept', async () => {
    await using office = await Office.open()
    const response = await office.post(order('a', 'b'))
    assert.equal(response.status, 202)
    assert.equal(response.headers.get('content-type'), 'application/json')
    const jobs = await office.worker.list()
    assert.deepEqual(
      jobs.map(({ payload }) => payload.ticketId),
      ['a', 'b'],
    )
    assert.deepEqual(await response.json(), { jobs: jobs.map(({ id }) => id) })
  })

  it('an order that makes no message is answered with no id', async () => {
    await using office = await Office.open()
    const response = await office.post('{}')
    assert.equal(response.status, 202)
    assert.deepEqual(await jobsOf(response), [])
  })

  it('messages gets the output of the schema, and the headers by any case of their name', async () => {
    const seen: unknown[] = []
    await using office = await Office.open({
      schema: z.object({ at: z.iso.date().transform((text) => new Date(text).getUTCFullYear()) }),
      messages: (body, { header }) => {
        seen.push(body, header('Correlation-ID'), header('set-cookie'), header('x-missing'))
        return []
      },
    })
    assert.equal((await office.post('{"at": "2026-01-02"}', { 'correlation-id': 'c', 'set-cookie': 'd' })).status, 202)
    assert.deepEqual(seen, [{ at: 2026 }, 'c', 'd', undefined])
  })

  for (const contentType of [
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json; charset=utf8',
    'application/cloudevents+json; version=1',
  ]) {
    it(`${contentType} is JSON`, async () => {
      await using office = await Office.open()
      assert.equal((await office.post(order('a'), { 'content-type': contentType })).status, 202)
    })
  }

  for (const [encoding, encode] of Object.entries({
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    identity: Buffer.from,
  })) {
    it(`a body is read as ${encoding}`, async () => {
      await using office = await Office.open()
      assert.equal((await office.post(encode(order('ä')), { 'content-encoding': encoding })).status, 202)
      const [job] = await office.worker.list()
      assert.equal(job?.payload.ticketId, 'ä')
    })
  }

  it('orders that come in one turn are answered together at its end', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ clock })
    clock.holdTurns()
    const posted = [office.post(order('a')), office.post(order('b'))]
    await until(async () => (await office.kept()) === 2)
    assert.equal(clock.yields, 1)
    clock.endTurn()
    for (const response of await Promise.all(posted)) assert.equal(response.status, 202)
    assert.equal((await office.post(order('c'))).status, 202)
    assert.equal(clock.yields, 2)
    assert.deepEqual(clock.timers, [])
  })

  it('an order that someone else has answered is kept, and not answered again', async () => {
    await using office = await Office.open({
      before: (_request, response, next) => {
        response.status(204).end()
        next()
      },
    })
    assert.equal((await office.post(order('a'))).status, 204)
    await until(async () => (await office.kept()) === 1)
    assert.deepEqual(office.passedOn, [])
  })

  it('a server without Express is served too', async () => {
    const worker = new Worker({ tasks: { issueReceipt: async (_ticket: { ticketId: string }) => {} } })
    const listener = webhook({ worker, messages: ticketsOf })
    const server = createServer((request, response) => void listener(request, response, () => assert.fail()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k' }
    const response = await fetch(`http://127.0.0.1:${port}/?a`, { method: 'POST', body: order('a'), headers })
    server.closeAllConnections()
    server.close()
    assert.equal(response.status, 202)
  })
})

describe('webhook: what it cannot do is said when it is made or mounted', () => {
  const worker = new Worker({ tasks: { issueReceipt: async (_ticket: { ticketId: string }) => {} } })

  for (const option of [{ maxWaitMs: -1 }, { maxBytes: 0 }, { maxBytes: Number.NaN }]) {
    it(`${Object.keys(option).join()} of ${Object.values(option).join()} is refused`, () => {
      assert.throws(() => webhook({ worker, messages: ticketsOf, ...option }), { code: 'invalid_option' })
    })
  }

  for (const [name, before, body] of [
    ['express.json()', express.json(), order('a')],
    ['express.json() with an empty body', express.json(), ''],
    ['express.json() with an empty body in chunks', express.json(), ReadableStream.from([])],
    ['express.raw()', express.raw({ type: () => true }), order('a')],
    [
      'what sets the encoding of the stream',
      ((request, _response, next) => {
        request.setEncoding('utf8')
        next()
      }) satisfies express.RequestHandler,
      order('a'),
    ],
  ] as const) {
    it(`mounted behind ${name} it says that it must be mounted before`, async () => {
      await using office = await Office.open({ before })
      assert.equal((await office.post(body)).status, 500)
      const [error] = office.passedOn
      assert.ok(error instanceof WillcallError)
      assert.equal(error.code, 'body_already_read')
      assert.match(error.message, /mount the webhook before express\.json\(\)/)
      assert.equal(await office.kept(), 0)
    })
  }

  it('behind a reader of other types it works', async () => {
    await using office = await Office.open({ before: express.urlencoded() })
    assert.equal((await office.post(order('a'))).status, 202)
  })
})
