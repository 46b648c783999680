import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Catalogue } from '../catalogue.ts'
import { HOBBIT, MR_FOX } from './isbns.ts'
import { aDatabase, aShelf } from './shelf.ts'

describe('the catalogue', () => {
  it('keeps nothing of what throws in the end', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'The Hobbit', isbn: HOBBIT })
    const act = (): void => {
      shelf.catalogue.setPublisher(id, 'HarperCollins')
      throw new Error('no')
    }
    assert.throws(() => shelf.catalogue.whole(act), /^Error: no$/)
    assert.deepEqual([shelf.catalogue.find(id)?.publisher, shelf.publishers()], [null, []])
  })

  it('never gives the id of a deleted book to another one', async () => {
    await using shelf = await aShelf()
    const first = shelf.add({ title: 'The Hobbit', isbn: HOBBIT })
    shelf.catalogue.remove(first.id)
    assert.ok(shelf.add({ title: 'The Hobbit', isbn: HOBBIT }).id > first.id)
  })

  it('keeps the publisher of a book that keeps its ISBN', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'The Hobbit', isbn: HOBBIT }, 'HarperCollins')
    shelf.catalogue.replace(id, { title: 'There and Back Again', isbn: HOBBIT })
    assert.equal(shelf.catalogue.find(id)?.publisher, 'HarperCollins')
  })

  it('clears the publisher of a book that gets another ISBN', async () => {
    await using shelf = await aShelf()
    const { id } = shelf.add({ title: 'The Hobbit', isbn: HOBBIT }, 'HarperCollins')
    shelf.catalogue.replace(id, { title: 'The Hobbit', isbn: MR_FOX })
    assert.equal(shelf.catalogue.find(id)?.publisher, null)
  })

  it('finds its books again when the file is opened again', async () => {
    await using shelf = await aShelf()
    const book = shelf.add({ title: 'The Hobbit', isbn: HOBBIT }, 'HarperCollins')
    using again = new Catalogue(shelf.database)
    assert.deepEqual(again.find(book.id), book)
  })

  it('makes no file where there is none', () => {
    using database = aDatabase()
    assert.throws(() => new Catalogue(database.path), /unable to open database file/)
  })
})
