import { fdatasync } from 'node:fs'
import { argv } from 'node:process'
import { promisify } from 'node:util'
import { SqliteFile } from '../../../src/store/sqlite/file/file.ts'
import { listen, tell } from './tell.ts'

// Keeps the numbers 1 to 12 in three turns, and dies in the nth of them at a step of what keeps them.

export interface CommitOrder {
  readonly path: string
  /** `hangs`: the sync never returns, which is told as `began`; somebody else has to end the process then. */
  readonly step: 'begin' | 'change' | 'end' | 'committed' | 'sync' | 'synced' | 'hangs'
  readonly nth: number
}

const TURNS = 3
const OF_A_TURN = 4

const { path, step, nth }: CommitOrder = JSON.parse(argv[2] ?? '')
const times = new Map<CommitOrder['step'], number>()
listen(() => {})

/** Whether it is now that it dies. */
function isNow(here: CommitOrder['step']): boolean {
  const time = (times.get(here) ?? 0) + 1
  times.set(here, time)
  return here === step && time === nth
}

function dieAt(here: CommitOrder['step']): void {
  if (isNow(here)) process.kill(process.pid, 'SIGKILL')
}

const sync = promisify(fdatasync)
await using file = new SqliteFile(
  path,
  (database) => {
    database.exec('create table if not exists number(n integer primary key) strict')
    return {
      begin: () => dieAt('begin'),
      end: () => dieAt('end'),
      committed: () => dieAt('committed'),
      rolledBack: () => {},
      save: () => {},
      release: () => {},
      backToSaved: () => {},
      add: database.prepare('insert into number values (?)'),
    }
  },
  {
    sync: async (fd) => {
      dieAt('sync')
      if (isNow('hangs')) {
        tell('began')
        await new Promise(() => {})
      }
      await sync(fd)
      dieAt('synced')
    },
  },
)

const add = async (n: number): Promise<void> => {
  await file.keep((session) => {
    session.add.run(n)
    if (n % OF_A_TURN === 2) dieAt('change')
  })
  tell('kept', n)
}

process.stdin.ref?.()
for (let turn = 0; turn < TURNS; turn += 1) {
  await Promise.all(Array.from({ length: OF_A_TURN }, (_, index) => add(turn * OF_A_TURN + index + 1)))
}
process.stdin.unref?.()
