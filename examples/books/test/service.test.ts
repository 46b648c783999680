import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../shared/test/until.ts'
import { fakeGateway } from '../gateway/fake.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { type Service, type ServiceOptions, startService } from '../service.ts'
import { FAILING, HOBBIT, MR_FOX } from './isbns.ts'
import { ask } from './office.ts'
import { aDatabase } from './shelf.ts'

/** The whole service in this process, on a file of its own; it tries again within milliseconds. */
async function serving(options: Partial<ServiceOptions> = {}): Promise<Service> {
  await using parts = new AsyncDisposableStack()
  const database = parts.use(aDatabase()).path
  const retry = { minMs: 1, maxMs: 20 }
  const service = parts.use(await startService({ database, gateway: fakeGateway(), retry, ...options }))
  const open = parts.move()
  return { ...service, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

const publisherOf = async (service: Service, id: number): Promise<unknown> =>
  ((await ask(service, 'GET', `/books/${id}`)).body as { readonly publisher: unknown }).publisher

describe('the books service', { timeout: 60_000 }, () => {
  it('finds the publisher of a book that was created', async () => {
    await using service = await serving()
    await ask(service, 'POST', '/books', { title: 'The Hobbit', isbn: HOBBIT })
    await until(async () => (await publisherOf(service, 1)) === 'HarperCollins')
  })

  it('answers without waiting for the gateway', async () => {
    const { promise: answered, resolve } = Promise.withResolvers<void>()
    const gateway: Gateway = {
      publishersOf: async (isbn, options) => {
        await answered
        return await fakeGateway().publishersOf(isbn, options)
      },
    }
    await using service = await serving({ gateway })
    assert.equal((await ask(service, 'POST', '/books', { title: 'The Hobbit', isbn: HOBBIT })).status, 201)
    assert.equal((await ask(service, 'PUT', '/books/1', { title: 'Emma', isbn: MR_FOX })).status, 200)
    assert.equal(await publisherOf(service, 1), null)
    resolve()
    await until(async () => (await publisherOf(service, 1)) === 'Puffin')
  })

  it('finds the publisher of the new ISBN where that of a book is changed', async () => {
    await using service = await serving()
    await ask(service, 'POST', '/books', { title: 'The Hobbit', isbn: HOBBIT })
    await until(async () => (await publisherOf(service, 1)) === 'HarperCollins')
    await ask(service, 'PUT', '/books/1', { title: 'Fantastic Mr Fox', isbn: MR_FOX })
    await until(async () => (await publisherOf(service, 1)) === 'Puffin')
  })

  it('prints that the gateway failed, asks no more, and goes on with what else there is', async () => {
    const printed: string[] = []
    const asked: string[] = []
    const gateway: Gateway = {
      publishersOf: (isbn, options) => {
        asked.push(isbn)
        return fakeGateway().publishersOf(isbn, options)
      },
    }
    await using service = await serving({ gateway, print: (text) => printed.push(text) })
    await ask(service, 'POST', '/books', { title: 'Emma', isbn: FAILING })
    await until(() => printed.length > 0)
    await ask(service, 'PUT', '/books/1', { title: 'The Hobbit', isbn: HOBBIT })
    await until(async () => (await publisherOf(service, 1)) === 'HarperCollins')
    assert.deepEqual(asked, [FAILING, HOBBIT])
    assert.match(printed.join(), /^Error: the fake gateway fails at \d+\n {4}at /)
  })

  it('asks again where the gateway failed and is to be asked again', async () => {
    const printed: string[] = []
    let calls = 0
    const gateway: Gateway = {
      publishersOf: async () => {
        calls += 1
        if (calls < 3) throw new Error('not yet')
        return ['Clarion']
      },
    }
    await using service = await serving({ gateway, retryGateway: true, print: (text) => printed.push(text) })
    await ask(service, 'POST', '/books', { title: 'Emma', isbn: FAILING })
    await until(async () => (await publisherOf(service, 1)) === 'Clarion')
    assert.deepEqual([calls, printed], [3, []])
  })

  it('lets a call under way end when it stops, and keeps what that found', async () => {
    using database = aDatabase()
    const { promise: answered, resolve } = Promise.withResolvers<void>()
    const { promise: asked, resolve: beAsked } = Promise.withResolvers<void>()
    const gateway: Gateway = {
      publishersOf: async () => {
        beAsked()
        await answered
        return ['Clarion']
      },
    }
    const service = await startService({ database: database.path, gateway })
    await ask(service, 'POST', '/books', { title: 'The Hobbit', isbn: HOBBIT })
    await asked
    const stopped = service.stop()
    await assert.rejects(ask(service, 'GET', '/books/1'))
    resolve()
    await stopped
    await using next = await startService({ database: database.path, gateway: fakeGateway() })
    assert.equal(await publisherOf(next, 1), 'Clarion')
  })

  it('leaves its file closed where its port is taken', async () => {
    using database = aDatabase()
    await using first = await serving()
    const options = { database: database.path, gateway: fakeGateway() }
    await assert.rejects(startService({ ...options, port: Number(new URL(first.url).port) }), /EADDRINUSE/)
    await using second = await startService(options)
    assert.equal((await ask(second, 'GET', '/books')).status, 200)
  })
})
