import assert from 'node:assert/strict'
import { json } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { readBooks } from '../demo/books.ts'
import { killsOf } from '../demo/kills.ts'
import { type Order, ordersOf } from '../demo/orders.ts'
import { outcomeOf } from '../demo/outcome.ts'
import { sendOrders } from '../demo/send-orders.ts'
import { startGateway } from '../gateway/gateway.ts'
import { serverThat } from '../../shared/test/server-that.ts'
import { until } from '../../shared/test/until.ts'
import { serving } from './serving.ts'

const never = new AbortController().signal

/** A service at this address. */
const at = (url: string) => ({ url: async () => url })

const orderOf = (id: string): Order => ({
  endpoint: 'tickets-confirmation',
  key: 'k',
  tickets: [{ id, status: 'confirmed' }],
})

describe('the orders of the demo', () => {
  it('have 1 to 200 tickets, the same for the same seed, each with an id of its own', () => {
    const orders = ordersOf('run', 1_000, 1)
    const sizes = orders.map(({ tickets }) => tickets.length)
    assert.deepEqual([Math.min(...sizes), Math.max(...sizes)], [1, 200])
    assert.deepEqual(ordersOf('run', 1_000, 1), orders)
    assert.notDeepEqual(ordersOf('run', 1_000, 2), orders)
    const tickets = orders.flatMap((order) => order.tickets)
    assert.equal(new Set(tickets.map(({ id }) => id)).size, tickets.length)
  })

  it('go to both endpoints in turn, and some tickets of every second one are canceled', () => {
    const orders = ordersOf('run', 100, 1)
    const ticketsFor = (endpoint: Order['endpoint']) => orders.filter((each) => each.endpoint === endpoint)
    const statuses = (endpoint: Order['endpoint']): ReadonlySet<string> =>
      new Set(ticketsFor(endpoint).flatMap(({ tickets }) => tickets.map(({ status }) => status)))
    assert.equal(ticketsFor('tickets-status').length, 50)
    assert.deepEqual(statuses('tickets-confirmation'), new Set(['confirmed']))
    assert.deepEqual(statuses('tickets-status'), new Set(['confirmed', 'canceled']))
  })

  it('are sent as each endpoint takes them', async () => {
    await using gateway = await startGateway({ failRate: 0 })
    await using service = await serving({ gatewayAddr: gateway.url })
    const orders = ordersOf('run', 4, 7)
    await sendOrders({ service: at(service.url), orders, signal: never })
    await service.worker.idle()
    const tickets = orders.flatMap((order) => order.tickets)
    const { doubled, lost } = outcomeOf(tickets, await readBooks(gateway.url, never))
    assert.deepEqual([doubled, lost], [[], []])
  })

  it('are sent again under the same key, after Retry-After, where there is no room', async () => {
    const seen: { readonly url: unknown; readonly key: unknown; readonly body: unknown }[] = []
    await using service = await serverThat(async (request, response) => {
      const order = { url: request.url, key: request.headers['idempotency-key'], body: await json(request) }
      if (seen.push(order) === 1) response.writeHead(503, { 'Retry-After': '1' }).end()
      else response.writeHead(202).end('{"jobs":["1","2"]}')
    })
    const began = performance.now()
    await sendOrders({ service: at(service.url), orders: [orderOf('a')], signal: never })
    assert.ok(performance.now() - began >= 990)
    const order = { url: '/tickets-confirmation', key: 'k', body: { tickets: ['a'] } }
    assert.deepEqual(seen, [order, order])
  })

  it('are sent again under the same key, to where the service is by then, where no answer came', async () => {
    const keys: unknown[] = []
    await using first = await serverThat((request, response) => {
      keys.push(request.headers['idempotency-key'])
      if (keys.length === 1) response.destroy()
      else response.writeHead(202, { 'Content-Length': 99 }).write('{"jobs":', () => response.destroy())
    })
    await using last = await serverThat((request, response) => {
      keys.push(request.headers['idempotency-key'])
      request.resume()
      response.writeHead(202).end('{"jobs":["1","2"]}')
    })
    const nowhere = 'http://127.0.0.1:1'
    const urls = [first.url, nowhere, first.url, last.url].values()
    const service = { url: async () => urls.next().value ?? '' }
    const told: string[] = []
    await sendOrders({
      service,
      orders: [orderOf('a')],
      signal: never,
      onTaken: () => told.push('taken'),
      onUnanswered: () => told.push('unanswered'),
    })
    assert.deepEqual(keys, ['k', 'k', 'k'])
    assert.deepEqual(told, ['unanswered', 'unanswered', 'unanswered', 'taken'])
  })

  it('are sent one after the other, each once the one before may be left alone', async () => {
    const log: string[] = []
    await using service = await serverThat(async (request, response) => {
      const { tickets } = (await json(request)) as { tickets: readonly string[] }
      log.push(`taken ${tickets[0]}`)
      response.writeHead(202).end('{"jobs":["1","2"]}')
    })
    const onSent = async (index: number): Promise<void> => {
      await until(() => log.length === 2 * index + 1)
      log.push(`leave ${index}`)
    }
    await sendOrders({ service: at(service.url), orders: ['a', 'b'].map(orderOf), signal: never, onSent })
    assert.deepEqual(log, ['taken a', 'leave 0', 'taken b', 'leave 1'])
  })

  it('fail where one is refused, or not taken whole', async () => {
    await using service = await serverThat(async (request, response) => {
      const { tickets } = (await json(request)) as { tickets: readonly string[] }
      if (tickets.includes('bad')) response.writeHead(400).end()
      else response.writeHead(202).end('{"jobs":["1"]}')
    })
    const send = (id: string) => sendOrders({ service: at(service.url), orders: [orderOf(id)], signal: never })
    await assert.rejects(send('bad'), /status code 400/)
    const half = send('a')
    await assert.rejects(half, { message: 'k became 1 jobs instead of 2' })
  })
})

describe('the kills of the demo', () => {
  it('are spread over the orders, each while another one is on its way, the same for the same seed', () => {
    for (const [orders, count] of [
      [3, 3],
      [4, 3],
      [5, 3],
      [50, 3],
      [50, 10],
      [1, 1],
    ] as const) {
      for (let seed = 0; seed < 100; seed += 1) {
        const kills = killsOf(orders, count, seed)
        assert.deepEqual(killsOf(orders, count, seed), kills)
        const parts = kills.map(({ order }) => Math.floor(((order + 0.5) * count) / orders))
        assert.equal(new Set(kills.map(({ order }) => order)).size, count)
        assert.deepEqual(
          parts,
          [...parts].sort((a, b) => a - b),
        )
        assert.ok(kills.every(({ order, afterMs }) => order >= 0 && order < orders && afterMs >= 0 && afterMs < 30))
      }
    }
    assert.notDeepEqual(killsOf(50, 3, 1), killsOf(50, 3, 2))
  })
})
