import type { Database, Statement } from 'better-sqlite3'
import type { Book } from './book.ts'

/**
 * The ids of books are never given twice: records of a book that was deleted may still be on their way, and must not be taken for
 * those of another one.
 */
export const TABLES = `
  create table if not exists publisher(
    id integer primary key,
    name text not null unique
  ) strict;
  create table if not exists book(
    id integer primary key autoincrement,
    title text not null,
    isbn text not null,
    publisher_id integer references publisher(id)
  ) strict;
  create index if not exists book_publisher on book(publisher_id);
`

const BOOK = `
  select book.id, book.title, book.isbn, publisher.name as publisher
  from book
  left join publisher on publisher.id = book.publisher_id
`

export interface Statements {
  readonly find: Statement<[id: number], Book>
  readonly list: Statement<[after: number, limit: number], Book>
  readonly add: Statement<[title: string, isbn: string]>
  readonly replace: Statement<[title: string, isbn: string, isbn: string, id: number]>
  readonly remove: Statement<[id: number]>
  readonly findPublisher: Statement<[name: string], { readonly id: number | bigint }>
  readonly addPublisher: Statement<[name: string]>
  readonly setPublisher: Statement<[publisherId: number | bigint, id: number]>
}

export const prepare = (database: Database): Statements => ({
  find: database.prepare(`${BOOK} where book.id = ?`),
  list: database.prepare(`${BOOK} where book.id > ? order by book.id limit ?`),
  add: database.prepare('insert into book(title, isbn) values (?, ?)'),
  replace: database.prepare(`
    update book
    set title = ?, isbn = ?, publisher_id = case when isbn = ? then publisher_id end
    where id = ?
  `),
  remove: database.prepare('delete from book where id = ?'),
  findPublisher: database.prepare('select id from publisher where name = ?'),
  addPublisher: database.prepare('insert into publisher(name) values (?)'),
  setPublisher: database.prepare('update book set publisher_id = ? where id = ?'),
})
