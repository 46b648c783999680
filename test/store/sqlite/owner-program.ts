import { Owner } from '../../../src/store/sqlite/owner/owner.ts'
import { ledgerOf } from './owner-ledger.ts'

/** What an owner tells that lives in a process of its own: it claims 3 jobs with each number, and closes when it is told to. */
export interface OwnerFact {
  readonly fact: 'owned' | 'robbed' | 'freed' | 'closed' | 'failed'
  readonly value?: number | string
}

const ledger = ledgerOf(process.argv[2] ?? '')
const tell = (fact: OwnerFact['fact'], value?: number | string): void => {
  process.send?.(value === undefined ? { fact } : { fact, value })
}

async function claim(id: number): Promise<void> {
  await ledger.claim(id, 3)
  tell('owned', id)
}

const owner = new Owner({
  database: ledger.database,
  ledger,
  onOwned: (id) => void claim(id),
  onRobbed: (id) => tell('robbed', id),
  onFreed: (jobs) => tell('freed', jobs),
  onFailed: (error) => tell('failed', String(error)),
})

/** It has to end by itself from then on: what would keep it alive is a timer that is left. */
async function close(): Promise<void> {
  await owner.close()
  ledger[Symbol.dispose]()
  tell('closed')
  process.disconnect()
}

process.once('message', () => void close())
