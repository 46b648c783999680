import Database from 'better-sqlite3'
import type { Book, NewBook } from './book.ts'
import { prepare, type Statements, TABLES } from './statements.ts'

/** How long a write waits for the one of another process. The event loop waits with it. */
const BUSY_MS = 1_000

/** The books and their publishers. A change is kept on disk once `kept` of the broker says so, which has the same file. */
export class Catalogue implements Disposable {
  readonly #database: Database.Database
  readonly #statements: Statements

  /** `path` is that of a file which willcall has opened before: it is set up as it needs it. */
  constructor(path: string) {
    this.#database = new Database(path, { timeout: BUSY_MS, fileMustExist: true })
    try {
      this.#database.exec(TABLES)
      this.#statements = prepare(this.#database)
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  /** One transaction: all that is read and written in it is of one moment, and nothing of it happened where it throws. */
  whole<Value>(act: (database: Database.Database) => Value): Value {
    // Immediate: one that has read and then writes would fail where another process wrote between the two.
    return this.#database.transaction(() => act(this.#database)).immediate()
  }

  find(id: number): Book | undefined {
    return this.#statements.find.get(id)
  }

  /** At most `limit` books, those whose id is greater than `after`, in the order of their ids. */
  list(after: number, limit: number): readonly Book[] {
    return this.#statements.list.all(after, limit)
  }

  add({ title, isbn }: NewBook): Book {
    const { lastInsertRowid } = this.#statements.add.run(title, isbn)
    return { id: Number(lastInsertRowid), title, isbn, publisher: null }
  }

  /** With another ISBN it is another edition: whoever published the old one need not have published that. */
  replace(id: number, { title, isbn }: NewBook): void {
    this.#statements.replace.run(title, isbn, isbn, id)
  }

  /** False where there was none. */
  remove(id: number): boolean {
    return this.#statements.remove.run(id).changes > 0
  }

  /** Finds the publisher with this name, or creates it. */
  setPublisher(id: number, name: string): void {
    const { findPublisher, addPublisher, setPublisher } = this.#statements
    const publisherId = findPublisher.get(name)?.id ?? addPublisher.run(name).lastInsertRowid
    setPublisher.run(publisherId, id)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}
