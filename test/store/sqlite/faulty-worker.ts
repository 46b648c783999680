import { type Store, subscribe, Worker } from '../../../src/index.ts'
import type { FakeClock } from '../../../src/testing/index.ts'
import { gate } from '../../worker/running.ts'

interface Numbered {
  readonly n: number
}

/** A worker with two places, whose handlers note their numbers and then wait until they are let. */
export function numbered(store: Store, clock: FakeClock) {
  const runs: number[] = []
  const held = gate()
  const worker = new Worker({
    store,
    clock,
    concurrency: 2,
    tasks: {
      record: async ({ n }: Numbered) => {
        runs.push(n)
        await held.opened
      },
    },
  })
  const send = (...numbers: readonly number[]) => worker.send(...numbers.map((n) => ({ task: 'record' as const, n })))
  return { worker, runs, send, open: held.open }
}

/** What the store could not do since. */
export function storeFailures(): Disposable & { readonly told: { readonly verb: string; readonly code: unknown }[] } {
  const told: { verb: string; code: unknown }[] = []
  const end = subscribe('store.failed', ({ verb, error }) => {
    told.push({ verb, code: (error as { readonly code?: unknown }).code })
  })
  return { told, [Symbol.dispose]: end }
}
