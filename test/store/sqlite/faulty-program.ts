import { execFileSync } from 'node:child_process'
import { Worker } from '../../../src/index.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'

/** A process with a store, whose files the system lets grow only so far. */
export type Order =
  | { readonly verb: 'send'; readonly n: number; readonly bytes?: number }
  | { readonly verb: 'limit'; readonly bytes: number | 'unlimited' }
  | { readonly verb: 'end' | 'count' | 'runs' | 'run' }

const [, , path = ''] = process.argv
const runs: number[] = []
const held = Promise.withResolvers<void>()
const worker = new Worker({
  store: openSqlite(path),
  concurrency: 2,
  tasks: {
    record: async ({ n }: { readonly n: number; readonly text: string }) => {
      runs.push(n)
      await held.promise
    },
  },
})

async function answer(order: Order): Promise<unknown> {
  switch (order.verb) {
    case 'send':
      return worker.send({ task: 'record', n: order.n, text: 'x'.repeat(order.bytes ?? 0) }).then(
        () => 'kept',
        (error: unknown) => (error as { readonly code?: unknown }).code ?? String(error),
      )
    case 'limit':
      execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${order.bytes}:`])
      return 'limited'
    case 'run':
      worker.run().catch((error: unknown) => process.send?.(String(error)))
      return 'running'
    case 'end':
      held.resolve()
      return 'ended'
    case 'runs':
      return runs
    case 'count':
      return worker.count()
    default:
      return order satisfies never
  }
}

process.on('message', (order: Order) => void answer(order).then((fact) => process.send?.(fact)))
