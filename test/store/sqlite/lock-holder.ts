import { readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { LockFile } from '../../../src/store/sqlite/owner/lock-file.ts'
import { LockFiles } from '../../../src/store/sqlite/owner/lock-files.ts'
import { aFolder } from './folder.ts'
import { Child } from './lock-child.ts'
import type { Order } from './lock-program.ts'

export const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

/** A folder with a database, and its lock files. */
export function aDatabase() {
  const folder = aFolder()
  const path = folder.file('a.db')
  writeFileSync(path, '')
  return {
    path,
    files: new LockFiles(path, Connection),
    beside: () => readdirSync(folder.path).sort(),
    file: folder.file,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

export class Holder extends Child<string | boolean> {
  order(order: Order): Promise<string | boolean | undefined> {
    return this.ask(order)
  }

  async name(verb: 'hold' | 'holdUnreferenced' | 'holdCarelessly' = 'hold'): Promise<string> {
    return String(await this.order({ verb }))
  }
}

export const aHolder = (database: string, execArgv: readonly string[] = []) =>
  new Holder('lock-program.ts', [database], { execArgv })

/** Whether its holder lives; takes nothing. */
export function stateOf(files: LockFiles, name: string): 'alive' | 'dead' | 'missing' {
  const taken = files.take(name)
  if (!(taken instanceof LockFile)) return taken
  taken.letGo()
  return 'dead'
}
