import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermanentError } from '../../../src/index.ts'
import { type FindPublisherParts, findPublisher } from '../find-publisher.ts'
import { fakeGateway } from '../gateway/fake.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { FAILING, HOBBIT, MR_FOX, SILMARILLION, UNKNOWN } from './isbns.ts'
import { aShelf, contextOf } from './shelf.ts'

interface Asked {
  readonly asked: readonly string[]
  readonly printed: readonly string[]
  readonly find: ReturnType<typeof findPublisher>
}

/** The consumer, with what it has asked the gateway and what it has printed. */
function consumer(parts: Pick<FindPublisherParts, 'catalogue'> & Partial<FindPublisherParts>): Asked {
  const { gateway = fakeGateway() } = parts
  const asked: string[] = []
  const printed: string[] = []
  const listening: Gateway = {
    publishersOf: (isbn, options) => {
      asked.push(isbn)
      return gateway.publishersOf(isbn, options)
    },
  }
  const find = findPublisher({ ...parts, gateway: listening, print: (text) => printed.push(text) })
  return { asked, printed, find }
}

/** While it is asked, something else happens. */
const meanwhile = (happens: () => void): Gateway => ({
  publishersOf: async (isbn, options) => {
    happens()
    return await fakeGateway().publishersOf(isbn, options)
  },
})

const created = (newIsbn: string) => ({ oldIsbn: null, newIsbn })

describe('the consumer of isbn-updated', () => {
  it('stops where the book is gone', async () => {
    await using shelf = await aShelf()
    const { find, asked } = consumer(shelf)
    assert.equal(await find(created(HOBBIT), contextOf('1')), 'book gone')
    assert.deepEqual(asked, [])
  })

  it('stops where the book has a publisher', async () => {
    await using shelf = await aShelf()
    const book = shelf.add({ title: 'The Hobbit', isbn: HOBBIT }, 'Allen & Unwin')
    const { find, asked } = consumer(shelf)
    assert.equal(await find(created(HOBBIT), contextOf(`${book.id}`)), 'has a publisher')
    assert.deepEqual([asked, shelf.catalogue.find(book.id)], [[], book])
  })

  it('stops where the book has another ISBN by now: the record of that comes later', async () => {
    await using shelf = await aShelf()
    const book = shelf.add({ title: 'The Hobbit', isbn: HOBBIT })
    const { find, asked } = consumer(shelf)
    assert.equal(await find(created(MR_FOX), contextOf(`${book.id}`)), 'isbn changed')
    assert.deepEqual([asked, shelf.catalogue.find(book.id)], [[], book])
  })

  it('prints the error with its stack where the gateway fails, and stops', async () => {
    await using shelf = await aShelf()
    const book = shelf.add({ title: 'Emma', isbn: FAILING })
    const { find, printed } = consumer(shelf)
    assert.equal(await find(created(FAILING), contextOf(`${book.id}`)), 'gateway failed')
    assert.equal(printed.length, 1)
    assert.match(printed.join(), /^Error: the fake gateway fails at 9780000000002\n {4}at .*fake\.ts:\d+:\d+/)
    assert.deepEqual(shelf.catalogue.find(book.id), book)
  })

  it('prints what the error was caused by', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'Emma', isbn: FAILING })
    const gateway = { publishersOf: () => Promise.reject(new Error('no answer', { cause: new TypeError('reset') })) }
    const { find, printed } = consumer({ ...shelf, gateway })
    await find(created(FAILING), contextOf(`${id}`))
    assert.match(printed.join(), /^Error: no answer\n {4}at [^]*\nbecause of TypeError: reset\n {4}at /)
  })

  it('throws where the gateway fails and is to be asked again', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'Emma', isbn: FAILING })
    const { find, printed } = consumer({ ...shelf, retryGateway: true })
    await assert.rejects(find(created(FAILING), contextOf(`${id}`)), /^Error: the fake gateway fails/)
    assert.deepEqual(printed, [])
  })

  it('throws where it was cut off: that is not the gateway failing', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'Emma', isbn: HOBBIT })
    const cut = new AbortController()
    const gateway: Gateway = {
      publishersOf: async (_, { signal }) => {
        cut.abort(new Error('stopped'))
        signal.throwIfAborted()
        return []
      },
    }
    const { find, printed } = consumer({ ...shelf, gateway })
    await assert.rejects(find(created(HOBBIT), contextOf(`${id}`, cut.signal)), /^Error: stopped$/)
    assert.deepEqual(printed, [])
  })

  it('stops where the gateway has no publisher', async () => {
    await using shelf = await aShelf()
    const book = shelf.add({ title: 'Emma', isbn: UNKNOWN })
    const { find, asked, printed } = consumer(shelf)
    assert.equal(await find(created(UNKNOWN), contextOf(`${book.id}`)), 'gateway has none')
    assert.deepEqual([asked, printed, shelf.catalogue.find(book.id)], [[UNKNOWN], [], book])
  })

  it('creates the publisher where there is none with this name', async () => {
    await using shelf = await aShelf()
    const book = shelf.add({ title: 'The Hobbit', isbn: HOBBIT })
    const { find } = consumer(shelf)
    assert.equal(await find(created(HOBBIT), contextOf(`${book.id}`)), 'updated')
    assert.deepEqual(shelf.catalogue.find(book.id), { ...book, publisher: 'HarperCollins' })
    assert.deepEqual(shelf.publishers(), ['HarperCollins'])
  })

  it('finds the publisher where there is one with this name', async () => {
    await using shelf = await aShelf()
    shelf.add({ title: 'The Hobbit', isbn: HOBBIT }, 'HarperCollins')
    const { id } = shelf.add({ title: 'The Silmarillion', isbn: SILMARILLION })
    const { find } = consumer(shelf)
    assert.equal(await find({ oldIsbn: HOBBIT, newIsbn: SILMARILLION }, contextOf(`${id}`)), 'updated')
    assert.equal(shelf.catalogue.find(id)?.publisher, 'HarperCollins')
    assert.deepEqual(shelf.publishers(), ['HarperCollins'])
  })

  it('takes the first of several publishers', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'Fantastic Mr Fox', isbn: MR_FOX })
    assert.deepEqual(await fakeGateway().publishersOf(MR_FOX, contextOf('1')), ['Puffin', 'Penguin'])
    await consumer(shelf).find(created(MR_FOX), contextOf(`${id}`))
    assert.deepEqual(shelf.publishers(), ['Puffin'])
  })

  it('creates no publisher for a book that was deleted while the gateway was asked', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'The Hobbit', isbn: HOBBIT })
    const { find } = consumer({ ...shelf, gateway: meanwhile(() => shelf.catalogue.remove(id)) })
    assert.equal(await find(created(HOBBIT), contextOf(`${id}`)), 'book gone')
    assert.deepEqual(shelf.publishers(), [])
  })

  it('leaves a book alone whose ISBN was changed while the gateway was asked', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'The Hobbit', isbn: HOBBIT })
    const changed = { title: 'Fantastic Mr Fox', isbn: MR_FOX }
    const { find } = consumer({ ...shelf, gateway: meanwhile(() => shelf.catalogue.replace(id, changed)) })
    assert.equal(await find(created(HOBBIT), contextOf(`${id}`)), 'isbn changed')
    assert.deepEqual(shelf.catalogue.find(id), { id, ...changed, publisher: null })
  })

  it('leaves a book alone that got a publisher while the gateway was asked', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'The Hobbit', isbn: HOBBIT })
    const { find } = consumer({ ...shelf, gateway: meanwhile(() => shelf.catalogue.setPublisher(id, 'Clarion')) })
    assert.equal(await find(created(HOBBIT), contextOf(`${id}`)), 'has a publisher')
    assert.deepEqual(shelf.publishers(), ['Clarion'])
  })

  it('refuses for good a record whose key is no id of a book', async () => {
    await using shelf = await aShelf()
    await assert.rejects(consumer(shelf).find(created(HOBBIT), contextOf('0')), PermanentError)
  })
})
