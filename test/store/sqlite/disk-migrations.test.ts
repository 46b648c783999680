import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { NO_TRIES } from '../../../src/core/ending.ts'
import { type Store, systemClock, Worker } from '../../../src/index.ts'
import type { Database, DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { APPLICATION_ID, MIGRATIONS } from '../../../src/store/sqlite/file/migrations.ts'
import { keyOf } from '../../../src/store/sqlite/keys.ts'
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

/** Beyond the time of any clock. */
const LATER = 4_000_000_000_000

/** By version. Whoever adds a migration adds the file that it begins with, written by the willcall before it. */
const OLDER: readonly OlderFile[] = [
  {
    rows: '',
    holds: async (store) => assert.deepEqual(await store.count(), { waiting: 0, running: 0, done: 0, dead: 0 }),
  },
  {
    rows: `
      update willcall_file set
        name = '00112233aabbccdd', last_number = 1003, waiting = 2, done = 1, done_bytes = 45, dead = 1, once = 1, writes = 2;
      insert into willcall_task values (1, 'old');
      insert into willcall_job values (${keyOf(1, 0, 1_000)}, 1, 2, 0, null, '[{"key":"k","content":"c","forMs":9}]', null, 0.5, '{"n":0}');
      insert into willcall_later values (${keyOf(1, 0, 1_001)}, 1, ${LATER}, 1, '{"attempts":2}', null, '{"n":1}');
      insert into willcall_done values (1, ${LATER}, 1002, 1002, 1, 45, '[[${keyOf(1, 0, 1_002)},1,2,0,null,{"n":2},"well"]]');
      insert into willcall_dead values (${keyOf(1, 0, 1_003)}, 1, 2, 0, null, null, '{"n":3}', 5, 'permanent', 'no');
      insert into willcall_owner values (7, '-owner-00000000-0000-4000-8000-000000000000');
      insert into willcall_upstream values (1, 'api', 1);
      insert into willcall_upstream_call values (1, 1, ${LATER});
      insert into willcall_once values ('"k"', 'c', '[1000]', 9, 1, null);
      insert into willcall_fact values ('paused', 'yes');`,
    holds: async (store) => {
      assert.deepEqual(await store.count(), { waiting: 2, running: 0, done: 1, dead: 1 })
      const jobs = await store.list({ task: 'old' }, { limit: 10 })
      const told = jobs.map(({ id, state, payload, tries, result, dead }) => ({
        id,
        state,
        payload,
        tries,
        result,
        dead,
      }))
      const id = (number: number) => `00112233aabbccdd-${number}`
      const rest = { tries: NO_TRIES, result: undefined, dead: undefined }
      assert.deepEqual(told, [
        { ...rest, id: id(1_000), state: 'waiting', payload: { n: 0 } },
        { ...rest, id: id(1_001), state: 'waiting', payload: { n: 1 }, tries: { ...NO_TRIES, attempts: 2, deaths: 1 } },
        { ...rest, id: id(1_002), state: 'done', payload: { n: 2 }, result: 'well' },
        { ...rest, id: id(1_003), state: 'dead', payload: { n: 3 }, dead: { reason: 'permanent', error: 'no' } },
      ])
      assert.deepEqual(await store.recall('paused'), [{ name: 'paused', value: 'yes' }])
    },
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
