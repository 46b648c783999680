import Database from 'better-sqlite3'
import type { SqliteDatabase } from '../../src/index.ts'
import type { Post } from './post.ts'

/** Of the file that the messages are in as well. `counted` has a row for each count that is made under a key. */
const TABLES = `
create table if not exists post(id text primary key, author text not null, title text not null) strict;
create table if not exists author(name text primary key, posts integer not null) strict;
create table if not exists counted(key text primary key) strict, without rowid;
create table if not exists increment(post text not null) strict;`

/** The posts, and how many each author has. */
export class Blog implements Disposable {
  readonly #database: Database.Database
  readonly #insert: Database.Statement
  readonly #increment: Database.Statement
  readonly #log: Database.Statement
  readonly #key: Database.Statement

  constructor(path: string) {
    this.#database = new Database(path)
    this.#database.exec(TABLES)
    this.#insert = this.#database.prepare('insert into post values (?, ?, ?) on conflict do nothing')
    this.#increment = this.#database.prepare(
      'insert into author values (?, 1) on conflict do update set posts = posts + 1',
    )
    this.#log = this.#database.prepare('insert into increment values (?)')
    this.#key = this.#database.prepare('insert into counted values (?) on conflict do nothing')
  }

  /** The post is there with all that `write` writes, or nothing is. Undefined where it is there already. */
  publish<Written>({ id, author, title }: Post, write: (database: SqliteDatabase) => Written): Written | undefined {
    const publish = this.#database.transaction(() =>
      this.#insert.run(id, author, title).changes === 0 ? undefined : write(this.#database),
    )
    return publish.immediate()
  }

  /** Its author has one post more: twice as many after two calls. */
  readonly count = (post: Post): void => this.#database.transaction(() => this.#add(post)).immediate()

  /** Its author has one post more, however often it is called with the same key. */
  countOnce(post: Post, key: string): void {
    const countOnce = this.#database.transaction(() => {
      if (this.#key.run(key).changes === 1) this.#add(post)
    })
    countOnce.immediate()
  }

  #add({ id, author }: Post): void {
    this.#increment.run(author)
    this.#log.run(id)
  }

  get posts(): readonly string[] {
    return this.#column('select id from post order by id')
  }

  /** The post of each increment that was made. */
  get increments(): readonly string[] {
    return this.#column('select post from increment')
  }

  /** Of all authors together. */
  get counted(): number {
    return this.#database.prepare('select total(posts) from author').pluck().get() as number
  }

  #column(select: string): readonly string[] {
    return this.#database.prepare(select).pluck().all() as string[]
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}
