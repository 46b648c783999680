import { WillcallError } from '../core/errors.ts'
import type { Store, Transactions } from './store.ts'

/** What this store does within SQL transactions; throws `unsupported`, and names what needs it, where it does nothing. */
export function transactionsOf({ transactions }: Store, what: string): Transactions {
  if (transactions !== undefined) return transactions
  throw new WillcallError('unsupported', `${what} needs a store with transactions, as openSqlite opens one`)
}
