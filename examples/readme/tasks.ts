import { PermanentError, RetryAfter, task, Worker } from 'willcall'

/** The API of a spreadsheet: it has no idempotency key, so the same call twice is two rows. */
interface Sheet {
  append(row: string, signal: AbortSignal): Promise<Response>
  has(row: string, signal: AbortSignal): Promise<boolean>
}

export const newWorker = (sheet: Sheet) =>
  new Worker({
    concurrency: 20,
    capacity: 20_000,
    retry: { attempts: 25, minMs: 1_000, maxMs: 300_000 },
    tasks: {
      appendRow: task({
        timeoutMs: 10_000,
        concurrency: 2,
        once: ({ ticketId }) => ticketId,
        run: async ({ ticketId }: { ticketId: string }, { signal }) => {
          const { status, headers } = await sheet.append(ticketId, signal)
          const seconds = Number(headers.get('retry-after') ?? Number.NaN)
          if (status === 429 && seconds >= 0) throw new RetryAfter(seconds * 1_000)
          if (status === 400) throw new PermanentError('the sheet does not take this row')
          if (status !== 200) throw new Error(`the sheet answered ${status}`)
        },
        reconcile: ({ ticketId }, { signal }) => sheet.has(ticketId, signal),
      }),
    },
  })
