import { join } from 'node:path'
import type { RecordContext } from '../../../src/topics.ts'
import { openSqlite } from '../../../src/sqlite.ts'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import type { Book, NewBook } from '../book.ts'
import { Catalogue } from '../catalogue.ts'

/** The path of a database in a folder of its own. */
export function aDatabase(): Disposable & { readonly path: string } {
  const folder = temporaryFolder('books')
  return { ...folder, path: join(folder.path, 'books.db') }
}

export interface Shelf extends AsyncDisposable {
  readonly catalogue: Catalogue
  readonly database: string
  /** Adds a book, which has this publisher where one is given. */
  add(book: NewBook, publisher?: string): Book
  /** The names of all publishers. */
  publishers(): readonly unknown[]
}

/** A catalogue on a file of its own, that goes with its test. */
export async function aShelf(): Promise<Shelf> {
  await using parts = new AsyncDisposableStack()
  const database = parts.use(aDatabase()).path
  parts.use(openSqlite(database))
  const catalogue = parts.use(new Catalogue(database))
  const add = (book: NewBook, publisher?: string): Book => {
    const { id } = catalogue.add(book)
    if (publisher !== undefined) catalogue.setPublisher(id, publisher)
    return catalogue.find(id)!
  }
  const publishers = (): readonly unknown[] =>
    catalogue.whole((connection) => connection.prepare('select name from publisher order by name').pluck().all())
  const open = parts.move()
  return { catalogue, database, add, publishers, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** What the consumer is given of a record with this key. */
export const contextOf = (
  key: string,
  signal = new AbortController().signal,
): Pick<RecordContext, 'record' | 'signal'> => ({
  signal,
  record: { topic: 'isbn-updated', partition: 0, offset: 0, key, payload: null, headers: {}, timestamp: new Date(0) },
})
