import ky from 'ky'
import { task, Upstream, Worker } from 'willcall'
import { upstreamHooks } from 'willcall/ky'

/** The API of a spreadsheet, which takes 2 calls at once and 50 a second. It has no idempotency key: the same call twice is two rows. */
const sheets = new Upstream('sheets', { concurrency: 2, limit: 50, intervalMs: 1_000 })

export function newWorker(url: string) {
  const api = ky.create({ prefix: url, timeout: false }).extend(upstreamHooks(sheets))
  return new Worker({
    concurrency: 20,
    capacity: 20_000,
    retry: { attempts: 25, minMs: 1_000, maxMs: 300_000 },
    tasks: {
      appendRow: task({
        upstream: sheets,
        timeoutMs: 10_000,
        once: ({ ticketId }) => ticketId,
        run: async ({ ticketId }: { ticketId: string }, { signal }) => {
          await api.post('rows', { json: { columns: [ticketId] }, signal }).text()
        },
        reconcile: async ({ ticketId }, { signal }) => {
          const { rows } = await api.get('rows', { signal }).json<{ rows: string[][] }>()
          return rows.some(([id]) => id === ticketId)
        },
      }),
    },
  })
}
