import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HOBBIT, MR_FOX, SILMARILLION } from './isbns.ts'
import { anOffice, ask } from './office.ts'

const hobbit = { title: 'The Hobbit', isbn: HOBBIT }
const created = { key: '1', payload: { oldIsbn: null, newIsbn: HOBBIT } }

describe('POST /books', { timeout: 60_000 }, () => {
  it('answers with the book, which has no publisher yet, and publishes its ISBN', async () => {
    await using office = await anOffice()
    const { status, headers, body } = await ask(office, 'POST', '/books', hobbit)
    assert.deepEqual([status, headers.get('Location')], [201, '/books/1'])
    assert.deepEqual(body, { id: 1, ...hobbit, publisher: null })
    assert.deepEqual(await office.published(), [created])
  })

  it('answers once the book and what is published are on disk', async () => {
    const { promise: onDisk, resolve } = Promise.withResolvers<void>()
    const { promise: asked, resolve: beAsked } = Promise.withResolvers<void>()
    await using office = await anOffice({
      producer: (real) => ({
        ...real,
        kept: async (published) => {
          assert.equal(published.length, 1)
          beAsked()
          await onDisk
          await real.kept(published)
        },
      }),
    })
    let isAnswered = false
    const answer = ask(office, 'POST', '/books', hobbit).then(({ status }) => {
      isAnswered = true
      return status
    })
    await asked
    // A request that begins later is answered, and this one is not.
    assert.deepEqual((await ask(office, 'GET', '/books/1')).status, 200)
    assert.equal(isAnswered, false)
    resolve()
    assert.equal(await answer, 201)
  })

  it('keeps no book where its ISBN cannot be published', async () => {
    await using office = await anOffice({
      producer: (real) => ({
        ...real,
        publishIn: (...update) => {
          real.publishIn(...update)
          throw new Error('the producer fails')
        },
      }),
    })
    const { status } = await ask(office, 'POST', '/books', hobbit)
    assert.equal(status, 500)
    assert.match(office.printed.join(), /^Error: the producer fails\n {4}at /)
    assert.deepEqual([office.catalogue.find(1), await office.published()], [undefined, []])
  })

  it('keeps no book where the topic is full', async () => {
    await using office = await anOffice({ maxTopicBytes: 1 })
    const { status, headers } = await ask(office, 'POST', '/books', hobbit)
    assert.deepEqual([status, headers.get('Retry-After')], [503, '1'])
    assert.deepEqual(office.catalogue.list(0, 1), [])
  })

  it('says that it failed where nobody knows whether the book is on disk', async () => {
    await using office = await anOffice({
      producer: (real) => ({ ...real, kept: () => Promise.reject(new Error('the disk is gone')) }),
    })
    const { status, body } = await ask(office, 'POST', '/books', hobbit)
    assert.equal(status, 500)
    assert.doesNotMatch(JSON.stringify(body), /disk/)
    assert.match(office.printed.join(), /^Error: the disk is gone\n/)
  })
})

describe('PUT /books/:id', { timeout: 60_000 }, () => {
  it('publishes the old and the new ISBN where it changes, after what was published before', async () => {
    await using office = await anOffice()
    await ask(office, 'POST', '/books', hobbit)
    const { status, body } = await ask(office, 'PUT', '/books/1', { title: 'The Silmarillion', isbn: SILMARILLION })
    assert.equal(status, 200)
    assert.deepEqual(body, { id: 1, title: 'The Silmarillion', isbn: SILMARILLION, publisher: null })
    const changed = { key: '1', payload: { oldIsbn: HOBBIT, newIsbn: SILMARILLION } }
    assert.deepEqual(await office.published(), [created, changed])
  })

  it('clears the publisher where the ISBN changes', async () => {
    await using office = await anOffice()
    await ask(office, 'POST', '/books', hobbit)
    office.catalogue.setPublisher(1, 'HarperCollins')
    const { body } = await ask(office, 'PUT', '/books/1', { title: 'Fantastic Mr Fox', isbn: MR_FOX })
    assert.deepEqual(body, { id: 1, title: 'Fantastic Mr Fox', isbn: MR_FOX, publisher: null })
  })

  it('publishes nothing and leaves the publisher where the ISBN does not change', async () => {
    await using office = await anOffice()
    await ask(office, 'POST', '/books', hobbit)
    office.catalogue.setPublisher(1, 'HarperCollins')
    const renamed = { title: 'There and Back Again', isbn: HOBBIT }
    const { status, body } = await ask(office, 'PUT', '/books/1', renamed)
    assert.equal(status, 200)
    assert.deepEqual(body, { id: 1, ...renamed, publisher: 'HarperCollins' })
    assert.deepEqual(await office.published(), [created])
  })

  it('makes no book where there is none, and publishes nothing', async () => {
    await using office = await anOffice()
    assert.equal((await ask(office, 'PUT', '/books/1', hobbit)).status, 404)
    assert.deepEqual([office.catalogue.list(0, 1), await office.published()], [[], []])
  })

  it('leaves the book as it was where its new ISBN cannot be published', async () => {
    let fails = false
    await using office = await anOffice({
      producer: (real) => ({
        ...real,
        publishIn: (...update) => {
          const published = real.publishIn(...update)
          if (fails) throw new Error('the producer fails')
          return published
        },
      }),
    })
    await ask(office, 'POST', '/books', hobbit)
    office.catalogue.setPublisher(1, 'HarperCollins')
    fails = true
    const { status } = await ask(office, 'PUT', '/books/1', { title: 'Fantastic Mr Fox', isbn: MR_FOX })
    assert.equal(status, 500)
    assert.deepEqual(office.catalogue.find(1), { id: 1, ...hobbit, publisher: 'HarperCollins' })
    assert.deepEqual(await office.published(), [created])
  })
})

describe('a PUT that publishes nothing', { timeout: 60_000 }, () => {
  it('is answered once it is on disk all the same', async () => {
    await using office = await anOffice({
      producer: (real) => ({ ...real, kept: () => Promise.reject(new Error('the disk is gone')) }),
    })
    office.catalogue.add(hobbit)
    assert.equal((await ask(office, 'PUT', '/books/1', { ...hobbit, title: 'There and Back Again' })).status, 500)
  })
})

describe('DELETE /books/:id', { timeout: 60_000 }, () => {
  it('deletes the book, and publishes nothing', async () => {
    await using office = await anOffice()
    await ask(office, 'POST', '/books', hobbit)
    const { status, body } = await ask(office, 'DELETE', '/books/1')
    assert.deepEqual([status, body], [204, undefined])
    assert.equal((await ask(office, 'GET', '/books/1')).status, 404)
    assert.deepEqual(await office.published(), [created])
  })

  it('answers with 404 where there is no book', async () => {
    await using office = await anOffice()
    assert.equal((await ask(office, 'DELETE', '/books/1')).status, 404)
  })

  it('answers once it is on disk', async () => {
    await using office = await anOffice({
      producer: (real) => ({ ...real, kept: () => Promise.reject(new Error('the disk is gone')) }),
    })
    office.catalogue.add(hobbit)
    assert.equal((await ask(office, 'DELETE', '/books/1')).status, 500)
  })
})

describe('GET /books', { timeout: 60_000 }, () => {
  it('answers with all books in the order of their ids, where they are few', async () => {
    await using office = await anOffice()
    assert.deepEqual((await ask(office, 'GET', '/books')).body, { books: [], next: null })
    const books = [office.catalogue.add(hobbit), office.catalogue.add({ title: 'Fantastic Mr Fox', isbn: MR_FOX })]
    assert.deepEqual((await ask(office, 'GET', '/books')).body, { books, next: null })
  })

  it('answers with 50 at most, unless told otherwise, and says where the next ones are', async () => {
    await using office = await anOffice()
    const books = Array.from({ length: 101 }, () => office.catalogue.add(hobbit))
    const pages: unknown[] = []
    for (let next: string | null = '/books'; next !== null; ) {
      const page = (await ask(office, 'GET', next)).body as { books: readonly unknown[]; next: string | null }
      pages.push(page.books)
      next = page.next
    }
    assert.deepEqual(pages, [books.slice(0, 50), books.slice(50, 100), books.slice(100)])
  })

  it('answers with 100 at most', async () => {
    await using office = await anOffice()
    const books = Array.from({ length: 101 }, () => office.catalogue.add(hobbit))
    const { body } = await ask(office, 'GET', '/books?limit=100')
    assert.deepEqual(body, { books: books.slice(0, 100), next: '/books?after=100&limit=100' })
  })

  for (const query of [
    'limit=0',
    'limit=101',
    'limit=1&limit=2',
    'limit=',
    'after=-1',
    'after=a',
    'page=2',
    'after[]=1',
  ]) {
    it(`refuses ?${query}`, async () => {
      await using office = await anOffice()
      assert.equal((await ask(office, 'GET', `/books?${query}`)).status, 400)
    })
  }
})

describe('GET /books/:id', { timeout: 60_000 }, () => {
  it('answers with the book and its publisher', async () => {
    await using office = await anOffice()
    const { id } = office.catalogue.add(hobbit)
    office.catalogue.setPublisher(id, 'HarperCollins')
    const { status, body } = await ask(office, 'GET', `/books/${id}`)
    assert.deepEqual([status, body], [200, { id, ...hobbit, publisher: 'HarperCollins' }])
  })
})
