import { type Clock, type ReportedUpstream, systemClock } from '../../../src/index.ts'
import { type CallOptions, callOptions, gatewayClient } from './gateway-client.ts'

export interface Price {
  /** A decimal number as a text: `50.00`. */
  readonly amount: string
  /** ISO 4217: `EUR`. */
  readonly currency: string
}

export interface Receipt {
  readonly number: string
  readonly ticketId: string
  readonly issuedAt: Date
  readonly price?: Price
  readonly idempotencyKey?: string
}

interface ReceiptOptions extends CallOptions {
  readonly price?: Price | undefined
  /** The same key is the same receipt, however often it is asked for. */
  readonly idempotencyKey?: string | undefined
}

export interface ReceiptsApi {
  /** Resolves with the ticket's receipt, whether this call issued it or an earlier one did. */
  issueReceipt(ticketId: string, options?: ReceiptOptions): Promise<Receipt>
  listReceipts(options?: CallOptions): Promise<readonly Receipt[]>
}

/** A receipt as the API writes it. */
interface ReceiptBody {
  readonly number: string
  readonly ticket_id: string
  readonly issued_at: string
  readonly price?: { readonly money_amount: string; readonly money_currency: string }
  readonly idempotency_key?: string
}

export function receiptsApi(gatewayAddr: string, upstream: ReportedUpstream, clock: Clock = systemClock): ReceiptsApi {
  const api = gatewayClient(gatewayAddr, 'receipts-api/', upstream, clock)
  return {
    issueReceipt: async (ticketId, { price, idempotencyKey, ...options } = {}) => {
      const json = {
        ticket_id: ticketId,
        ...(price && { price: { money_amount: price.amount, money_currency: price.currency } }),
        ...(idempotencyKey !== undefined && { idempotency_key: idempotencyKey }),
      }
      return receiptOf(await api.put('receipts', { ...callOptions(options), json }).json<ReceiptBody>())
    },
    listReceipts: async (options = {}) => {
      const receipts = await api.get('receipts', callOptions(options)).json<ReceiptBody[]>()
      return receipts.map(receiptOf)
    },
  }
}

function receiptOf({ number, ticket_id, issued_at, price, idempotency_key }: ReceiptBody): Receipt {
  return {
    number,
    ticketId: ticket_id,
    issuedAt: new Date(issued_at),
    ...(price && { price: { amount: price.money_amount, currency: price.money_currency } }),
    ...(idempotency_key !== undefined && { idempotencyKey: idempotency_key }),
  }
}
