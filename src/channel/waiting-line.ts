import { type Linked, LinkedList } from './linked-list.ts'

/** One who waits, with what they gave. */
class Waiter<Given, Got> implements Linked<Waiter<Given, Got>> {
  readonly given: Given
  readonly company: Company<Given, Got> | undefined
  readonly resolve: (got: Got | PromiseLike<Got>) => void
  readonly reject: (reason: unknown) => void
  before: Waiter<Given, Got> | undefined = undefined
  after: Waiter<Given, Got> | undefined = undefined

  constructor(
    given: Given,
    company: Company<Given, Got> | undefined,
    resolve: (got: Got | PromiseLike<Got>) => void,
    reject: (reason: unknown) => void,
  ) {
    this.given = given
    this.company = company
    this.resolve = resolve
    this.reject = reject
  }
}

/** All who wait under one signal, and the one listener that they share. */
interface Company<Given, Got> {
  readonly members: Set<Waiter<Given, Got>>
  readonly signal: AbortSignal
  readonly handleEvent: () => void
}

/**
 * Those who wait, in the order of coming.
 * 1. Who leaves is forgotten at once, from whatever place.
 * 2. A signal has one listener while somebody waits under it, else none. (Node compares a new listener with all that
 *    a signal has: 50,000 of them took 13 s.)
 */
export class WaitingLine<Given, Got> {
  readonly #waiters = new LinkedList<Waiter<Given, Got>>()
  readonly #companies = new Map<AbortSignal, Company<Given, Got>>()
  readonly #afterLeave: (() => void) | undefined

  /** `afterLeave` is called once those who waited under an aborted signal have left. */
  constructor(afterLeave?: () => void) {
    this.#afterLeave = afterLeave
  }

  /** Who has waited longest. */
  get first(): Waiter<Given, Got> | undefined {
    return this.#waiters.first
  }

  wait(given: Given, signal: AbortSignal | undefined): Promise<Got> {
    return new Promise((resolve, reject) => {
      const company = signal === undefined ? undefined : this.#companyOf(signal)
      const waiter = new Waiter<Given, Got>(given, company, resolve, reject)
      company?.members.add(waiter)
      this.#waiters.add(waiter)
    })
  }

  shift(): Waiter<Given, Got> | undefined {
    const waiter = this.#waiters.first
    if (waiter !== undefined) this.#remove(waiter)
    return waiter
  }

  #remove(waiter: Waiter<Given, Got>): void {
    const { company } = waiter
    this.#waiters.remove(waiter)
    if (company !== undefined) this.#leave(waiter, company)
  }

  #companyOf(signal: AbortSignal): Company<Given, Got> {
    const known = this.#companies.get(signal)
    if (known !== undefined) return known
    const company: Company<Given, Got> = { members: new Set(), signal, handleEvent: () => this.#abort(company) }
    signal.addEventListener('abort', company)
    this.#companies.set(signal, company)
    return company
  }

  #leave(waiter: Waiter<Given, Got>, company: Company<Given, Got>): void {
    company.members.delete(waiter)
    if (company.members.size > 0) return
    this.#companies.delete(company.signal)
    company.signal.removeEventListener('abort', company)
  }

  #abort({ members, signal }: Company<Given, Got>): void {
    for (const waiter of members) {
      this.#remove(waiter)
      waiter.reject(signal.reason)
    }
    this.#afterLeave?.()
  }
}
