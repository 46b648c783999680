import express, { type ErrorRequestHandler, type Express, type Response } from 'express'
import { webhook } from '../../src/express/index.ts'
import type { Worker } from '../../src/index.ts'
import { confirmation, confirmationMessages } from './confirmation.ts'
import { correlation } from './correlation.ts'
import type { Statistics } from './statistics.ts'
import type { TicketTasks } from './tasks.ts'
import { ticketStatus, ticketStatusMessages } from './ticket-status.ts'

/** The largest confirmation: 10,000 tickets of 200 characters, of up to 4 bytes each. */
const MAX_CONFIRMATION_BYTES = 8_388_608
/** The largest order of statuses: 10,000 tickets with the longest texts, of up to 3 bytes for each UTF-16 code unit. */
const MAX_STATUS_BYTES = 16_777_216
/** How long a body may take: less than the server gives to a whole request, so that its caller is told why it is cut off. */
const BODY_MS = 8_000

export interface AppParts {
  readonly worker: Pick<Worker<TicketTasks>, 'with' | 'count'>
  readonly statistics: Statistics
}

/** The HTTP side of the service. It calls no API: orders become messages, and the worker does the rest. */
export function ticketsApp({ worker, statistics }: AppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(correlation)
  app.get('/health', (_, response) => void response.type('text').send('ok'))
  app.get('/statistics', async (_, response) => void response.json(statistics.with(await worker.count())))
  app.post(
    '/tickets-confirmation',
    webhook({
      worker,
      bodyMs: BODY_MS,
      schema: confirmation,
      maxBytes: MAX_CONFIRMATION_BYTES,
      messages: (order, { header }) => confirmationMessages(order, header('Correlation-ID') ?? ''),
    }),
  )
  app.post(
    '/tickets-status',
    webhook({
      worker,
      bodyMs: BODY_MS,
      schema: ticketStatus,
      requireIdempotencyKey: true,
      maxBytes: MAX_STATUS_BYTES,
      messages: (order, { header }) => ticketStatusMessages(order, header('Correlation-ID') ?? ''),
    }),
  )
  app.use((_, response) => problem(response, 404, 'Not Found'))
  app.use(failed)
  return app
}

/** Express knows an error handler by its four parameters. Its own would answer with the stack. */
const failed: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) next(error)
  else problem(response, 500, 'Internal Server Error')
}

/** RFC 9457. */
function problem(response: Response, status: number, title: string): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status }))
}
