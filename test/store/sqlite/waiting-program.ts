import { Worker } from '../../../src/index.ts'
import { openSqlite } from '../../../src/sqlite.ts'

/** Sends to a store that has no room, and tells when it is kept. Nothing else keeps this process alive. */
const worker = new Worker({ store: openSqlite(process.argv[2] ?? '', { maxPending: 1 }), tasks: { a: () => {} } })

async function send(): Promise<void> {
  const kept = worker.send({ task: 'a' })
  process.stdout.write('waits\n')
  await kept
  process.stdout.write('kept\n')
}

void send()
