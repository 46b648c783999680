import { systemClock } from '../../src/core/clock.ts'
import { Sqlite } from '../sqlite.ts'
import type { Log } from './log.ts'
import { type Sale, sales } from './sale.ts'

interface Published {
  readonly first: number
  readonly last: number
  readonly kept: () => void
}

/**
 * The limit: what better-sqlite3 itself allows, with nothing that a topic must have: no partitions, no offsets, no checks. One
 * synced transaction for each turn of the event loop inserts a row for each record that was published in it.
 */
export class RawLog implements Log {
  readonly #database: InstanceType<typeof Sqlite>
  readonly #begin
  readonly #insert
  readonly #commit
  #published: Published[] = []
  #turn = false

  constructor(file: string) {
    const database = new Sqlite(file, { timeout: 0 })
    database.pragma('journal_mode = wal')
    database.pragma('synchronous = full')
    database.exec('create table record(id integer primary key, record_key text, payload text not null)')
    this.#database = database
    this.#begin = database.prepare('begin immediate')
    this.#insert = database.prepare('insert into record(record_key, payload) values (?, ?)')
    this.#commit = database.prepare('commit')
  }

  publish(first: number, last: number): Promise<void> {
    return new Promise((kept) => {
      this.#published.push({ first, last, kept })
      if (this.#turn) return
      this.#turn = true
      void systemClock.yield().then(() => this.#transact())
    })
  }

  #transact(): void {
    const published = this.#published
    this.#published = []
    this.#turn = false
    this.#begin.run()
    for (const { first, last } of published) {
      for (const { key, payload } of sales(first, last)) this.#insert.run(key ?? null, JSON.stringify(payload))
    }
    this.#commit.run()
    for (const { kept } of published) kept()
  }

  async readAll(read: (n: number) => void): Promise<void> {
    const rows = this.#database.prepare('select payload from record').raw().iterate() as Iterable<readonly [string]>
    for (const [payload] of rows) read((JSON.parse(payload) as Sale).n)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close()
  }
}
