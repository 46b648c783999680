import { argv } from 'node:process'
import { Worker } from '../../../src/index.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { tell } from './tell.ts'

// Opens a file, sends to it, works all that is there, and closes it.

export interface ShortLifeOrder {
  readonly path: string
  /** The number of the first message that it sends. */
  readonly first: number
  readonly sends: number
}

const { path, first, sends }: ShortLifeOrder = JSON.parse(argv[2] ?? '')
{
  await using store = openSqlite(path)
  const worker = new Worker({ store, tasks: { work: ({ n }: { readonly n: number }) => tell('began', n) } })
  for (let n = first; n < first + sends; n += 1) {
    await worker.send({ task: 'work', n })
    tell('sent', n)
  }
  const stop = new AbortController()
  const running = worker.run(stop.signal)
  await worker.idle()
  stop.abort()
  await running
}
tell('ended')
