import { PermanentError } from '../../src/index.ts'
import type { RecordContext } from '../../src/topics.ts'
import { type Book, bookIdIn } from './book.ts'
import type { Catalogue } from './catalogue.ts'
import type { Gateway } from './gateway/gateway.ts'
import type { IsbnUpdate } from './isbn-updated.ts'
import { stackText } from './stack-text.ts'

/** What became of a record. All of them are an end: the record is done. */
export type Ending = NoNeed | 'gateway failed' | 'gateway has none' | 'updated'
/** Nobody needs to look for the publisher. `isbn changed`: again, and the record of that comes after this one. */
type NoNeed = 'book gone' | 'has a publisher' | 'isbn changed'

export interface FindPublisherParts {
  readonly catalogue: Pick<Catalogue, 'whole' | 'find' | 'setPublisher'>
  readonly gateway: Gateway
  /** Whether a record is tried again, with back-off, when the gateway fails. Default: the error is printed, and that is the end. */
  readonly retryGateway?: boolean
  /** Default: on stderr. */
  readonly print?: (text: string) => void
}

/** What is called for a record of `isbn-updated`. */
export type FindPublisher = (update: IsbnUpdate, context: Pick<RecordContext, 'record' | 'signal'>) => Promise<Ending>

/**
 * Gives a book the publisher that the gateway knows for its ISBN. The same record again changes nothing. A long time may have gone
 * by since the record was published, and again while the gateway was asked: so the book is looked at before and after.
 */
export function findPublisher(parts: FindPublisherParts): FindPublisher {
  const { catalogue, gateway, retryGateway = false, print = (text) => process.stderr.write(text) } = parts
  return async ({ newIsbn }, { record, signal }) => {
    const id = bookIdIn(record.key)
    if (id === undefined) throw new PermanentError('the key of the record is no id of a book', { given: record.key })
    const noNeed = noNeedFor(catalogue.find(id), newIsbn)
    if (noNeed !== undefined) return noNeed
    let publishers: readonly string[]
    try {
      publishers = await gateway.publishersOf(newIsbn, { signal })
    } catch (error) {
      // Where the attempt was cut off it is not the gateway that failed: another attempt follows.
      if (retryGateway || signal.aborted) throw error
      print(`${stackText(error)}\n`)
      return 'gateway failed'
    }
    const [publisher] = publishers
    if (publisher === undefined) return 'gateway has none'
    return catalogue.whole(() => {
      const noNeedNow = noNeedFor(catalogue.find(id), newIsbn)
      if (noNeedNow !== undefined) return noNeedNow
      catalogue.setPublisher(id, publisher)
      return 'updated'
    })
  }
}

function noNeedFor(book: Book | undefined, isbn: string): NoNeed | undefined {
  if (book === undefined) return 'book gone'
  if (book.publisher !== null) return 'has a publisher'
  return book.isbn === isbn ? undefined : 'isbn changed'
}
