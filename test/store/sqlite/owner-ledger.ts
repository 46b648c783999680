import { systemClock } from '../../../src/core/clock.ts'
import type { Database } from '../../../src/store/sqlite/file/database.ts'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import type { OwnerLedger } from '../../../src/store/sqlite/owner/owner.ts'
import type { OwnerRow } from '../../../src/store/sqlite/owner/owner-rescue.ts'

/** The owners of a database, and as much of jobs as they need. */
export interface Ledger extends OwnerLedger, Disposable {
  readonly database: Database
  claim(owner: number, jobs: number): Promise<void>
  /** Owners and how many jobs each has; those that are free are under null. */
  jobs(): unknown
}

/** On a connection of its own. A change waits for other processes without an end. */
export function ledgerOf(path: string): Ledger {
  const database = openDatabase(path)
  database.pragma('busy_timeout = 2000')
  database.exec('create table if not exists claimed(owner integer)')
  database.pragma('busy_timeout = 0')
  const add = database.prepare('insert into willcall_owner (lock_file) values (?) returning id').raw()
  const has = database.prepare('select 1 from willcall_owner where id = ?').raw()
  const all = database.prepare('select id, lock_file as lockFile from willcall_owner order by id')
  const remove = database.prepare('delete from willcall_owner where id = ?')
  const free = database.prepare('update claimed set owner = null where owner = ?')
  const claim = database.prepare('insert into claimed values (?)')
  const jobs = database.prepare('select owner, count(*) from claimed group by owner order by owner').raw()

  async function commit<Value>(change: () => Value): Promise<Value> {
    await systemClock.yield()
    while (!begun(database)) await systemClock.yield()
    const value = change()
    database.exec('commit')
    return value
  }

  return {
    database,
    add: (lockFile) => commit(() => (add.get(lockFile) as [number])[0]),
    has: (id) => has.get(id) !== undefined,
    all: () => all.all() as OwnerRow[],
    remove: (id) => commit(() => void remove.run(id)),
    free: (id) =>
      commit(() => {
        const { changes } = free.run(id)
        remove.run(id)
        return changes
      }),
    claim: (owner, count) =>
      commit(() => {
        for (let claimed = 0; claimed < count; claimed += 1) claim.run(owner)
      }),
    jobs: () => jobs.all(),
    [Symbol.dispose]: () => void database.close(),
  }
}

function begun(database: Database): boolean {
  try {
    database.exec('begin immediate')
    return true
  } catch (error) {
    if (String((error as NodeJS.ErrnoException).code).startsWith('SQLITE_BUSY')) return false
    throw error
  }
}
