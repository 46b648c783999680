import { it } from 'node:test'
import { expectTypeOf } from 'expect-type'
import express from 'express'
import { z } from 'zod'
import { webhook, type WebhookListener, type WebhookRequest } from '../../src/express/index.ts'
import { task, Worker } from '../../src/index.ts'

interface Ticket {
  readonly ticketId: string
}

const worker = new Worker({
  tasks: {
    issueReceipt: async (_ticket: Ticket) => {},
    appendToTracker: task({ run: async (_row: Ticket & { sheet: string }) => {} }),
    sweep: async () => {},
  },
})
const schema = z.object({ tickets: z.array(z.string()), at: z.iso.date().transform((text) => new Date(text)) })

it('what a webhook may send is inferred from its worker, and its body from the schema', () => {
  const listener = webhook({
    worker,
    schema,
    messages: ({ tickets, at }, request) => {
      expectTypeOf(at).toEqualTypeOf<Date>()
      expectTypeOf(request).toEqualTypeOf<WebhookRequest>()
      return tickets.flatMap((ticketId) => [
        { task: 'issueReceipt', ticketId },
        { task: 'appendToTracker', ticketId, sheet: 'tickets-to-print' },
        { task: 'sweep' },
      ])
    },
  })
  expectTypeOf(listener).toEqualTypeOf<WebhookListener>()
  express().post('/orders', express.urlencoded(), listener)

  webhook({
    worker: worker.with({ priority: 15 }),
    messages: (body) => {
      expectTypeOf(body).toBeUnknown()
      return [{ task: 'issueReceipt', ticketId: 'a' }]
    },
  })
})

it('what the worker does not know does not compile', () => {
  // @ts-expect-error the name of the task
  webhook({ worker, messages: () => [{ task: 'issueReceit', ticketId: 'a' }] })
  // @ts-expect-error a field of another type
  webhook({ worker, messages: () => [{ task: 'issueReceipt', ticketId: 1 }] })
  // @ts-expect-error a field that is missing
  webhook({ worker, messages: () => [{ task: 'appendToTracker', ticketId: 'a' }] })
  // @ts-expect-error a promise of messages
  webhook({ worker, messages: async () => [{ task: 'sweep' }] })
  // @ts-expect-error a body that no schema has checked
  webhook({ worker, messages: (_body: Ticket) => [{ task: 'sweep' }] })
  // @ts-expect-error a field that the schema does not have
  webhook({ worker, schema, messages: ({ ticket }) => [{ task: 'issueReceipt', ticketId: ticket }] })
  // @ts-expect-error the request is not there, only its headers
  webhook({ worker, messages: (_body, request) => [{ task: 'issueReceipt', ticketId: request.url }] })
})
