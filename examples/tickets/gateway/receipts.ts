import { isObject, type JsonObject, textOf } from './json-body.ts'
import type { Reply } from './failure.ts'
import { Refusal } from './refusal.ts'

/** The most receipts, and the most idempotency keys, that are kept: a call with one more is answered with 500. */
const MAX_RECEIPTS = 1_000_000

/** An amount is a decimal number as a text: no float touches money. */
const AMOUNT = /^-?\d{1,15}(\.\d{1,4})?$/
/** ISO 4217. */
const CURRENCY = /^[A-Z]{3}$/

interface ReceiptPrice {
  readonly money_amount: string
  readonly money_currency: string
}

/** A receipt as the API writes it. */
interface ReceiptBody {
  readonly number: string
  readonly ticket_id: string
  readonly issued_at: string
  readonly price?: ReceiptPrice
  readonly idempotency_key?: string
}

/** 1. A ticket has at most one receipt. 2. A key belongs to the ticket that it was first used for. */
export class Receipts {
  readonly #byTicket = new Map<string, ReceiptBody>()
  readonly #ticketOfKey = new Map<string, string>()
  readonly #now: () => Date
  readonly #most: number

  constructor(now: () => Date, most: number = MAX_RECEIPTS) {
    this.#now = now
    this.#most = most
  }

  /**
   * 201 with a new receipt, or 200 with the one that the ticket already has, whatever its price and key were.
   * Refuses a key that was used for another ticket.
   */
  issue(body: JsonObject): Reply {
    const ticketId = textOf(body, 'ticket_id')
    const price = priceOf(body)
    const key = isGiven(body['idempotency_key']) ? textOf(body, 'idempotency_key') : undefined
    if (key !== undefined && (this.#ticketOfKey.get(key) ?? ticketId) !== ticketId) {
      throw new Refusal(`idempotency_key ${JSON.stringify(key)} was already used for another ticket`)
    }
    const issued = this.#byTicket.get(ticketId)
    if (issued === undefined && this.#byTicket.size >= this.#most) return this.#noRoom('receipts')
    if (key !== undefined && !this.#ticketOfKey.has(key) && this.#ticketOfKey.size >= this.#most)
      return this.#noRoom('keys')
    if (key !== undefined) this.#ticketOfKey.set(key, ticketId)
    if (issued !== undefined) return { status: 200, body: issued }
    const receipt: ReceiptBody = {
      number: String(this.#byTicket.size + 1).padStart(8, '0'),
      ticket_id: ticketId,
      issued_at: this.#now().toISOString(),
      ...(price && { price }),
      ...(key !== undefined && { idempotency_key: key }),
    }
    this.#byTicket.set(ticketId, receipt)
    return { status: 201, body: receipt }
  }

  list(): Reply {
    return { status: 200, body: [...this.#byTicket.values()] }
  }

  #noRoom(what: string): Reply {
    return { status: 500, body: { error: `no room for more than ${this.#most} ${what}` } }
  }
}

/** Go writes a missing pointer as null. */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null

function priceOf({ price }: JsonObject): ReceiptPrice | undefined {
  if (!isGiven(price)) return undefined
  if (!isObject(price)) throw new Refusal('price must be an object')
  const money_amount = textOf(price, 'money_amount')
  const money_currency = textOf(price, 'money_currency')
  if (!AMOUNT.test(money_amount)) throw new Refusal('money_amount must be a decimal number as a text')
  if (!CURRENCY.test(money_currency)) throw new Refusal('money_currency must be three capital letters')
  return { money_amount, money_currency }
}
