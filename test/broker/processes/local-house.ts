import { createRequire } from 'node:module'
import type { Broker } from '../../../src/broker/broker.ts'
import { openSqlite, openTopics } from '../../../src/sqlite.ts'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import type { BrokerHouse } from '../../../src/testing/index.ts'
import { aFolder } from '../../store/sqlite/folder.ts'
import { aMember } from './orders.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

/** A fresh file, and all who work at it; they end with it. */
export function aLocalHouse(): BrokerHouse & AsyncDisposable {
  const folder = aFolder()
  const path = folder.file('topics.db')
  const rest = new AsyncDisposableStack()
  rest.use(folder)
  const stores = new Map<Broker, AsyncDisposable>()
  const open = async (): Promise<Broker> => {
    const store = rest.use(openSqlite(path))
    const broker = rest.use(openTopics(store))
    stores.set(broker, store)
    return broker
  }
  return {
    open,
    async reopen(broker) {
      await broker[Symbol.asyncDispose]()
      await stores.get(broker)?.[Symbol.asyncDispose]()
      return await open()
    },
    name: (text) => text,
    startMember: async (member) => rest.use(aMember({ path, member })),
    database() {
      const connection = new Connection(path, { timeout: 5_000 })
      rest.defer(() => void connection.close())
      connection.exec('create table if not exists book(title text unique)')
      return connection
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}
