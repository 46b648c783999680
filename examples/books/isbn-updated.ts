import type { SqliteDatabase } from '../../src/index.ts'
import { type Broker, type Position, topic } from '../../src/topics.ts'
import { z } from 'zod'
import { isbn } from './isbn.ts'

/** A book has another ISBN than before. Its record has the id of the book as key, so that those of one book stay in order. */
const isbnUpdate = z.strictObject({
  /** Null where the book is new. */
  oldIsbn: isbn.nullable(),
  newIsbn: isbn,
})
export type IsbnUpdate = Readonly<z.output<typeof isbnUpdate>>

export const isbnUpdated = topic('isbn-updated', { partitions: 3, replicas: 1, schema: isbnUpdate })

/** Makes the topics of this service where there are none. */
export async function createTopics(broker: Broker): Promise<void> {
  await isbnUpdated.on(broker).create()
}

/** How the controller tells that ISBNs have changed. */
export interface IsbnProducer {
  /** Within the caller's transaction: where that is rolled back, nothing was published. */
  publishIn(database: SqliteDatabase, bookId: number, update: IsbnUpdate): readonly Position[]
  /** Resolves once these, and all that was committed before, are on disk. */
  kept(published: readonly Position[]): Promise<void>
}

export function isbnProducer(broker: Broker): IsbnProducer {
  const updates = isbnUpdated.on(broker)
  return {
    publishIn: (database, bookId, payload) => updates.publishIn(database, { key: String(bookId), payload }),
    kept: (published) => broker.kept(published),
  }
}
