import { argv } from 'node:process'
import { Worker } from '../../../src/index.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { tell } from './tell.ts'

// A process that only sends: it has none of the tasks' code.

export interface SendOrder {
  readonly path: string
  readonly sends: number
}

const { path, sends }: SendOrder = JSON.parse(argv[2] ?? '')
const elsewhere = (_payload: { readonly n: number }): never => {
  throw new Error('this process does not work')
}
await using store = openSqlite(path)
const worker = new Worker({ store, tasks: { work: elsewhere } })
for (let n = 1; n <= sends; n += 1) {
  await worker.send({ task: 'work', n })
  tell('sent', n)
}
