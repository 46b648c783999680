import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { type Context, type SqliteDatabase, subscribe, Worker } from '../../src/index.ts'
import { openSqlite } from '../../src/sqlite.ts'
import { aFolder } from '../store/sqlite/folder.ts'
import { running, until } from './running.ts'

interface Connection extends SqliteDatabase, Disposable {
  exec(sql: string): unknown
  pragma(sql: string): unknown
}
const Database = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => Connection

/** The code that it rejects with. */
const refusalOf = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => 'not refused',
    (error: { readonly code: string }) => error.code,
  )

/** A worker on a file with a table of the caller's own, and the caller's connection to it. */
function anOffice(run: (payload: { n: number }, context: Context) => unknown = () => {}) {
  const folder = aFolder()
  const file = folder.file('a.db')
  const store = openSqlite(file)
  const ran: number[] = []
  const worker = new Worker({
    store,
    tasks: {
      a: (payload: { n: number }, context) => {
        ran.push(payload.n)
        return run(payload, context)
      },
      next: ({ n }: { n: number }) => void ran.push(n),
    },
    retry: { attempts: 2, minMs: 1, maxMs: 1 },
  })
  const database = new Database(file)
  database.exec('create table book(title text unique)')
  const titles = (): unknown[] => database.prepare('select title from book order by title').all()
  return {
    worker,
    database,
    file,
    ran,
    titles: () => titles().map((row) => (row as { title: string }).title),
    addBook: (on: SqliteDatabase, title: string) => on.prepare('insert into book values (?)').run(title),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      database[Symbol.dispose]?.()
      folder[Symbol.dispose]()
    },
  }
}

describe('what is sent in a transaction of the caller', () => {
  it('runs after its commit, with what else was written', async () => {
    await using office = anOffice()
    const { worker, database, ran } = office
    const run = running(worker)
    database.exec('begin')
    office.addBook(database, 'Emma')
    const ids = worker.sendIn(database, { task: 'a', n: 1 }, { task: 'next', n: 2 })
    assert.equal(await worker.find(ids[0] ?? ''), undefined)
    database.exec('commit')
    await worker.kept(ids)
    await until(() => ran.length === 2)
    await worker.idle()
    assert.deepEqual([ran.toSorted((a, b) => a - b), office.titles()], [[1, 2], ['Emma']])
    await run.stop()
  })

  it('vanishes with its rollback, and so does the name of a new task', async () => {
    await using office = anOffice()
    const { worker, database, ran } = office
    database.exec('begin')
    const ids = worker.sendIn(database, { task: 'a', n: 1 })
    worker.sendIn(database, { task: 'a', n: 2 })
    database.exec('rollback')
    assert.equal(await refusalOf(worker.kept(ids)), 'not_kept')
    database.exec('begin')
    worker.sendIn(database, { task: 'next', n: 3 })
    worker.sendIn(database, { task: 'a', n: 4 })
    database.exec('commit')
    const run = running(worker)
    await until(() => ran.length === 2)
    await worker.idle()
    assert.deepEqual(
      ran.toSorted((a, b) => a - b),
      [3, 4],
    )
    await run.stop()
  })

  it('keeps its options, and a payload as it was when it was sent', async () => {
    await using office = anOffice()
    const { worker, database } = office
    const message = { task: 'a' as const, n: 1 }
    database.exec('begin')
    const [id = ''] = worker.with({ priority: 12, delayMs: 60_000, once: 'x' }).sendIn(database, message)
    const again = worker.with({ once: 'x' }).sendIn(database, message)
    message.n = 2
    database.exec('commit')
    const job = await worker.find(id)
    assert.deepEqual([job?.payload, job?.priority, job?.state, again], [{ n: 1 }, 12, 'waiting', [id]])
  })

  it('is refused where the database is not fit for it', async () => {
    await using office = anOffice()
    await using other = anOffice()
    const { worker, database } = office
    const send = (on: SqliteDatabase) => () => worker.sendIn(on, { task: 'a', n: 1 })
    assert.throws(send(database), { code: 'invalid_option', message: /no transaction has begun/ })
    other.database.exec('begin')
    assert.throws(send(other.database), { code: 'invalid_option', message: /not open on the file/ })
    other.database.exec('rollback')
    const alien: SqliteDatabase = { name: office.file, inTransaction: true, prepare: () => assert.fail() }
    assert.throws(send(alien), { code: 'invalid_option', message: /another copy of better-sqlite3/ })
    database.pragma('synchronous = off')
    database.exec('begin')
    assert.throws(send(database), { code: 'invalid_option', message: /does not sync/ })
    database.exec('rollback')
    assert.deepEqual(await worker.count(), { waiting: 0, running: 0, done: 0, dead: 0 })
  })

  it('is refused where there is no room, and with a store in memory', async () => {
    using folder = aFolder()
    await using store = openSqlite(folder.file('a.db'), { maxPending: 1 })
    const worker = new Worker({ store, tasks: { a: () => {} } })
    const database = new Database(folder.file('a.db'))
    database.exec('begin')
    assert.throws(() => worker.sendIn(database, { task: 'a' }, { task: 'a' }), { code: 'no_room' })
    const inMemory = new Worker({ tasks: { a: () => {} } })
    assert.throws(() => inMemory.sendIn(database, { task: 'a' }), { code: 'unsupported' })
    assert.equal(await refusalOf(inMemory.kept([])), 'unsupported')
    database.exec('rollback')
  })
})

describe('a transaction of a handler', () => {
  it('keeps its writes, its messages and its end as one', async () => {
    let sent: readonly string[] = []
    await using office = anOffice(async ({ n }, { transaction }) => {
      const result = await transaction((database) => {
        office.addBook(database, `book ${n}`)
        sent = office.worker.sendIn(database, { task: 'next', n: 10 + n })
        return { title: `book ${n}` }
      })
      assert.deepEqual(result, { title: `book ${n}` })
      return 'what the handler returns does not count'
    })
    const { worker } = office
    const run = running(worker)
    const [id = ''] = await worker.send({ task: 'a', n: 1 })
    await worker.idle()
    const job = await worker.find(id)
    assert.deepEqual([job?.state, job?.result, job?.attempts], ['done', { title: 'book 1' }, 0])
    assert.deepEqual([office.ran, office.titles()], [[1, 11], ['book 1']])
    assert.equal((await worker.find(sent[0] ?? ''))?.state, 'done')
    assert.deepEqual(await worker.count(), { waiting: 0, running: 0, done: 2, dead: 0 })
    await run.stop()
  })

  it('that throws leaves nothing behind, and the job is tried again', async () => {
    await using office = anOffice(async (_, { attempt, transaction }) => {
      await transaction((database) => {
        office.addBook(database, `attempt ${attempt}`)
        office.worker.sendIn(database, { task: 'next', n: attempt })
        if (attempt === 1) throw new Error('not yet')
      })
    })
    const run = running(office.worker)
    const [id = ''] = await office.worker.send({ task: 'a', n: 0 })
    await office.worker.idle()
    const job = await office.worker.find(id)
    assert.deepEqual([job?.state, job?.attempts, job?.error], ['done', 1, 'Error: not yet'])
    assert.deepEqual([office.ran, office.titles()], [[0, 0, 2], ['attempt 2']])
    await run.stop()
  })

  it('can be tried again within the attempt where it has failed, but not once it is kept', async () => {
    const codes: unknown[] = []
    await using office = anOffice(async (_, { transaction }) => {
      const failed = transaction(() => assert.fail('no')).catch(() => {})
      codes.push(await refusalOf(transaction(() => {})))
      await failed
      await transaction((database) => office.addBook(database, 'Emma'))
      codes.push(await refusalOf(transaction((database) => office.addBook(database, 'Persuasion'))))
    })
    const run = running(office.worker)
    await office.worker.send({ task: 'a', n: 0 })
    await until(() => codes.length === 2)
    await office.worker.idle()
    assert.deepEqual([codes, office.titles()], [['already_settled', 'already_settled'], ['Emma']])
    await run.stop()
  })

  it('stands, whatever the handler does after it', async () => {
    const late: unknown[] = []
    await using office = anOffice(async (_, { transaction }) => {
      await transaction((database) => office.addBook(database, 'Emma'))
      throw new Error('too late')
    })
    const deafen = subscribe('attempt.late', ({ error }) => late.push((error as Error).message))
    const run = running(office.worker)
    const [id = ''] = await office.worker.send({ task: 'a', n: 0 })
    await until(() => late.length === 1)
    await office.worker.idle()
    assert.deepEqual([late, (await office.worker.find(id))?.state], [['too late'], 'done'])
    deafen()
    await run.stop()
  })

  it('must be synchronous and leave the transaction open', async () => {
    const codes: unknown[] = []
    await using office = anOffice(async (_, { transaction }) => {
      const asynchronous = async (database: SqliteDatabase) => void office.addBook(database, 'Emma')
      codes.push(await refusalOf(transaction(asynchronous)))
      codes.push(await refusalOf(transaction((database) => database.prepare('rollback').run())))
    })
    const run = running(office.worker)
    await office.worker.send({ task: 'a', n: 0 })
    await office.worker.idle()
    assert.deepEqual([codes, office.titles()], [['invalid_option', 'invalid_option'], []])
    assert.deepEqual(await office.worker.count(), { waiting: 0, running: 0, done: 1, dead: 0 })
    await run.stop()
  })

  it('does not lend its database for longer than it takes', async () => {
    let lent: SqliteDatabase | undefined
    await using office = anOffice((_, { transaction }) => transaction((database) => void (lent = database)))
    const run = running(office.worker)
    await office.worker.send({ task: 'a', n: 0 })
    await office.worker.idle()
    assert.throws(() => office.worker.sendIn(lent ?? assert.fail(), { task: 'a', n: 1 }), { code: 'invalid_option' })
    await run.stop()
  })

  it('is refused with a store in memory', async () => {
    const codes: unknown[] = []
    const worker = new Worker({
      tasks: { a: async (_: object, { transaction }) => void codes.push(await refusalOf(transaction(() => {}))) },
    })
    const run = running(worker)
    await worker.send({ task: 'a' })
    await worker.idle()
    assert.deepEqual(codes, ['unsupported'])
    await run.stop()
  })
})
