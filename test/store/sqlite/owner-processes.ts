import { readdirSync } from 'node:fs'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { LockFile } from '../../../src/store/sqlite/owner/lock-file.ts'
import { LockFiles } from '../../../src/store/sqlite/owner/lock-files.ts'
import { Owner, type OwnerOptions } from '../../../src/store/sqlite/owner/owner.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { until } from '../../worker/running.ts'
import { aFolder } from './folder.ts'
import { Child } from './lock-child.ts'
import { type Ledger, ledgerOf } from './owner-ledger.ts'
import type { OwnerFact } from './owner-program.ts'

export class OwnerProcess extends Child<OwnerFact> {
  /** The number that it got as the nth, and has claimed 3 jobs with. */
  async owned(nth = 1): Promise<number> {
    const numbers = (): readonly OwnerFact[] => this.facts.filter(({ fact }) => fact === 'owned')
    await this.told(() => numbers().length >= nth)
    return Number(numbers()[nth - 1]?.value)
  }

  valuesOf(fact: OwnerFact['fact']): readonly unknown[] {
    return this.facts.filter((told) => told.fact === fact).map(({ value }) => value)
  }
}

/** A database in a folder of its own. */
export function aDatabase() {
  const folder = aFolder()
  const path = folder.file('a.db')
  const ledger = ledgerOf(path)
  const files = new LockFiles(path, ledger.database.constructor as DatabaseConstructor)
  const nameOf = (id: number): string => ledger.all().find((row) => row.id === id)?.lockFile ?? ''
  return {
    ledger,
    path,
    lockFiles: () => readdirSync(folder.path).filter((file) => file.includes('-owner-')),
    lockFileOf: (id: number) => `${path}${nameOf(id)}`,
    isLocked: (id: number): boolean => {
      const taken = files.take(nameOf(id))
      if (taken instanceof LockFile) taken.letGo()
      return taken === 'alive'
    },
    anotherProcess: () => new OwnerProcess('owner-program.ts', [path]),
    [Symbol.dispose]: () => {
      ledger[Symbol.dispose]()
      folder[Symbol.dispose]()
    },
  }
}

/** An owner in this process, and what it tells. Its time stands still. */
export function anOwner({ ledger }: { readonly ledger: Ledger }, options: Partial<OwnerOptions> = {}) {
  const clock = new FakeClock()
  const told: (readonly [string, unknown])[] = []
  const owner = new Owner({
    database: ledger.database,
    ledger,
    clock,
    onOwned: (id) => told.push(['owned', id]),
    onRobbed: (id) => told.push(['robbed', id]),
    onFreed: (jobs) => told.push(['freed', jobs]),
    onFailed: (error) => told.push(['failed', error]),
    ...options,
  })
  return {
    owner,
    clock,
    told,
    numbers: () => told.filter(([fact]) => fact === 'owned').map(([, id]) => Number(id)),
    freed: () => told.filter(([fact]) => fact === 'freed').map(([, jobs]) => jobs),
    owned: () => until(() => owner.id !== undefined),
    [Symbol.asyncDispose]: () => owner.close(),
  }
}

export const ids = (ledger: Ledger): readonly number[] => ledger.all().map(({ id }) => id)
