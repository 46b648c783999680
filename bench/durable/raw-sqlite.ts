import path from 'node:path'
import { systemClock } from '../../src/core/clock.ts'
import { Sqlite } from '../sqlite.ts'
import type { Handler, MakeSubject, Subject, Ticket } from './subject.ts'
import { Tally } from './tally.ts'

interface Sent {
  readonly id: number
  readonly ticket: Ticket
  readonly kept: () => void
}

/**
 * The limit: what better-sqlite3 itself allows, with nothing that a queue must have: no claims, no attempts, no recovery. One
 * synced transaction for each turn of the event loop: it inserts what was sent and deletes what was done in the turn before.
 */
export const rawSqlite: MakeSubject = async ({ folder }, handler) => {
  const database = new Sqlite(path.join(folder, 'raw.db'), { timeout: 0 })
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = full')
  database.exec('create table job(id integer primary key, payload text not null)')
  return new RawQueue(database, handler)
}

class RawQueue implements Subject {
  readonly #database: InstanceType<typeof Sqlite>
  readonly #handler: Handler
  readonly #tally = new Tally()
  readonly #begin
  readonly #insert
  readonly #delete
  readonly #commit
  #id = 0
  #sent: Sent[] = []
  #done: number[] = []
  #turn = false

  constructor(database: InstanceType<typeof Sqlite>, handler: Handler) {
    this.#database = database
    this.#handler = handler
    this.#begin = database.prepare('begin immediate')
    this.#insert = database.prepare('insert into job(id, payload) values (?, ?)')
    this.#delete = database.prepare('delete from job where id = ?')
    this.#commit = database.prepare('commit')
  }

  send(...tickets: readonly Ticket[]): Promise<unknown> {
    return tickets.length === 1
      ? this.#send(tickets[0] as Ticket)
      : Promise.all(tickets.map((each) => this.#send(each)))
  }

  #send(ticket: Ticket): Promise<void> {
    return new Promise((kept) => {
      this.#id += 1
      this.#sent.push({ id: this.#id, ticket, kept })
      this.#endOfTurn()
    })
  }

  #endOfTurn(): void {
    if (this.#turn) return
    this.#turn = true
    void systemClock.yield().then(() => this.#transact())
  }

  #transact(): void {
    const sent = this.#sent
    const done = this.#done
    this.#sent = []
    this.#done = []
    this.#turn = false
    this.#begin.run()
    for (const { id, ticket } of sent) this.#insert.run(id, JSON.stringify(ticket))
    for (const id of done) this.#delete.run(id)
    this.#commit.run()
    this.#tally.add(done.length)
    for (const each of sent) {
      each.kept()
      void this.#run(each)
    }
  }

  async #run({ id, ticket }: Sent): Promise<void> {
    await this.#handler(ticket)
    this.#done.push(id)
    this.#endOfTurn()
  }

  done(count: number): Promise<void> {
    return this.#tally.reached(count)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close()
  }
}
