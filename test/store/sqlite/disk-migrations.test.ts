import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { type Store, systemClock, Worker } from '../../../src/index.ts'
import type { Database, DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { APPLICATION_ID, MIGRATIONS } from '../../../src/store/sqlite/file/migrations.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { running } from '../../worker/running.ts'
import { aFolder } from './folder.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

/** A file as an older willcall has left it. */
interface OlderFile {
  /** What it had written: rows in every table of that version. */
  readonly rows: string
  /** That all of it is there still. */
  readonly holds: (store: Store) => Promise<void>
}

/** By version. Whoever adds a migration adds the file that it begins with, written by the willcall before it. */
const OLDER: readonly OlderFile[] = [
  {
    rows: '',
    holds: async (store) => assert.deepEqual(await store.count(), { waiting: 0, running: 0, done: 0, dead: 0 }),
  },
]

function olderFile(path: string, version: number, mode: 'wal' | 'delete'): void {
  const database = new Connection(path, { timeout: 0 })
  database.pragma(`journal_mode = ${mode}`)
  for (const migration of MIGRATIONS.slice(0, version)) database.exec(migration)
  database.exec(OLDER[version]?.rows ?? assert.fail(`version ${version} has no file`))
  if (version > 0) database.pragma(`application_id = ${APPLICATION_ID}`)
  database.pragma(`user_version = ${version}`)
  database.close()
}

function inspected<Fact>(path: string, look: (database: Database) => Fact): Fact {
  const database = new Connection(path, { timeout: 0 })
  try {
    return look(database)
  } finally {
    database.close()
  }
}

const schemaOf = (path: string): unknown =>
  inspected(path, (database) => database.prepare('select type, name, sql from sqlite_schema order by name').all())

async function works(store: Store): Promise<void> {
  const worker = new Worker({ store, tasks: { fresh: async (_payload: object) => 'well' } })
  const [id] = await worker.send({ task: 'fresh' })
  const { done } = await worker.count()
  await using _ = running(worker)
  while ((await worker.count()).done === done) await systemClock.yield()
  assert.equal((await worker.find(id ?? assert.fail()))?.result, 'well')
}

describe('a file of an older version', () => {
  it('is kept here for each version there ever was', () => {
    assert.equal(OLDER.length, MIGRATIONS.length, 'add to OLDER the file that the new migration begins with')
  })

  for (const [version, { holds }] of OLDER.entries()) {
    for (const mode of ['wal', 'delete'] as const) {
      it(`is migrated from version ${version}, with journal mode ${mode}: what it had is there, and it works`, async () => {
        using folder = aFolder()
        const [old, fresh] = [folder.file('old.db'), folder.file('fresh.db')]
        olderFile(old, version, mode)
        {
          await using store = openSqlite(old)
          await holds(store)
          await works(store)
        }
        await openSqlite(fresh)[Symbol.asyncDispose]()
        assert.deepEqual(schemaOf(old), schemaOf(fresh))
        const facts = ['user_version', 'application_id', 'integrity_check'].map((pragma) =>
          inspected(old, (database) => database.pragma(pragma, { simple: true })),
        )
        assert.deepEqual(facts, [MIGRATIONS.length, APPLICATION_ID, 'ok'])
      })
    }
  }

  it('that was cut off in the middle of a migration is migrated again', async () => {
    using folder = aFolder()
    for (let version = 0; version < MIGRATIONS.length; version += 1) {
      const file = folder.file(`${version}.db`)
      olderFile(file, version, 'wal')
      const cutOff = new Connection(file, { timeout: 0 })
      cutOff.exec('begin immediate').exec(MIGRATIONS[version] ?? '')
      cutOff.close()
      await using store = openSqlite(file)
      await OLDER[version]?.holds(store)
    }
  })
})
