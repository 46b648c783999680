import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import type { DatabaseConstructor } from '../../src/store/sqlite/file/database.ts'
import { aFolder } from '../store/sqlite/folder.ts'
import { patiently, upTo } from './file-of-jobs.ts'
import type { CommitOrder } from './processes/commit.ts'
import { TellingProcess } from './telling-process.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor
const OF_A_TURN = 4
const TURNS = [1, 3] as const

/** What the process has told to be kept, and what is in the file after its death. */
async function death({ step, nth }: Pick<CommitOrder, 'step' | 'nth'>) {
  using folder = aFolder()
  const path = folder.file('a.db')
  const order: CommitOrder = { path, step, nth }
  await using process = new TellingProcess('commit.ts', order)
  if (step === 'hangs') {
    await process.told('began')
    await process.kill()
  }
  assert.equal(await process.ended(), 'SIGKILL')
  const database = new Connection(path, { timeout: 0 })
  try {
    assert.deepEqual(database.prepare('pragma integrity_check').raw().all(), [['ok']])
    const rows = database.prepare('select n from number order by n').raw().all() as [number][]
    return { told: process.valuesOf('kept'), kept: rows.map(([n]) => n) }
  } finally {
    database.close()
  }
}

describe('a process that dies', () => {
  for (const step of ['begin', 'change', 'end'] as const) {
    it(`at the ${step} of a transaction leaves nothing of it, and all of those before`, patiently, async () => {
      const deaths = await Promise.all(TURNS.map((nth) => death({ step, nth })))
      const due = TURNS.map((nth) => upTo(OF_A_TURN * (nth - 1)))
      assert.deepEqual(
        deaths,
        due.map((before) => ({ told: before, kept: before })),
      )
    })
  }

  for (const [step, when] of [
    ['committed', 'after a commit and before its sync'],
    ['sync', 'at the beginning of a sync'],
    ['hangs', 'in a sync that never returns'],
    ['synced', 'after a sync and before it is told'],
  ] as const) {
    it(`${when} has not acknowledged what was committed, and leaves it whole`, patiently, async () => {
      const deaths = await Promise.all(TURNS.map((nth) => death({ step, nth })))
      assert.deepEqual(
        deaths,
        TURNS.map((nth) => ({ told: upTo(OF_A_TURN * (nth - 1)), kept: upTo(OF_A_TURN * nth) })),
      )
    })
  }
})
