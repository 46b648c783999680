import type { Worker } from 'node:worker_threads'
import { Bell } from '../../../channel/bell.ts'
import { closeUntouched } from './close-untouched.ts'
import type { Database } from './database.ts'
import { reopenDatabase } from './open-database.ts'
import { Opening, type OpeningOptions, syncOf } from './opening.ts'
import type { Answer, Order } from './recovery-thread.ts'
import { newThread } from './new-thread.ts'
import type { TransactionListener } from './writer.ts'

/** Between two tries, in milliseconds. */
const RETRY_MS = 500

export interface RecoveryOptions<Session extends TransactionListener> extends OpeningOptions<Session> {
  /** What is committed to a deleted WAL comes into the file by the close, and only by it. */
  readonly isWalLost: boolean
}

/**
 * Opens a file again whose disk has failed, or whose WAL was deleted.
 * 1. While the disk does not take as much as is in the WAL, nothing touches the file. 2. It is over once the WAL was read again with
 * its checksums and emptied, and a sync has succeeded that would have been told of what was lost since. 3. What may take long is done
 * in a thread.
 */
export class Recovery<Session extends TransactionListener> {
  readonly #failed: Opening<Session>
  readonly #options: RecoveryOptions<Session>
  readonly #bell = new Bell()
  readonly #ended: Promise<Opening<Session> | undefined>
  #isClosed = false

  constructor(failed: Opening<Session>, options: RecoveryOptions<Session>) {
    this.#failed = failed
    this.#options = options
    this.#ended = this.#run()
  }

  /** The new opening; undefined where it was closed before there was one. */
  get ended(): Promise<Opening<Session> | undefined> {
    return this.#ended
  }

  async #run(): Promise<Opening<Session> | undefined> {
    while (!this.#isClosed) {
      try {
        return await this.#opened()
      } catch {
        await this.#rest()
      }
    }
    return undefined
  }

  async #opened(): Promise<Opening<Session>> {
    const { isWalLost } = this.#options
    if (isWalLost) await this.#failed.close()
    else await this.#failed.letGo()
    await using thread = new RecoveryThread(this.#failed.database.name)
    await thread.ask('open')
    await thread.ask('empty')
    if (isWalLost) await thread.ask('check')
    const database = reopenDatabase(this.#failed.database.name)
    return await this.#prepared(database, thread)
  }

  async #prepared(database: Database, thread: RecoveryThread): Promise<Opening<Session>> {
    await using undone = new AsyncDisposableStack()
    undone.defer(() => closeUntouched(database))
    const sync = syncOf(database, this.#options)
    undone.defer(() => sync.close())
    // Others may have written, and lost it, before the sync was there to be told.
    await thread.ask('empty')
    const opening = new Opening(database, sync, this.#options)
    undone.defer(() => opening.checkpointer.close())
    database.exec('update willcall_file set writes = writes + 1')
    if (this.#options.isSynced) await sync.done()
    undone.move()
    return opening
  }

  async #rest(): Promise<void> {
    const timer = this.#options.clock.after(RETRY_MS, () => this.#bell.ring())
    if (!this.#isClosed) await this.#bell.sleep()
    timer.cancel()
  }

  /** Resolves once nothing is tried any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#bell.ring()
    await this.#ended
  }
}

/** One try, as far as it is done off the event loop. */
class RecoveryThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #exited = Promise.withResolvers<void>()
  #asked: PromiseWithResolvers<void> | undefined

  constructor(file: string) {
    this.#worker = newThread('recovery-thread', 'willcall recovery', { file })
    this.#worker.on('message', ({ why }: Answer) => {
      if (why === undefined) this.#asked?.resolve()
      else this.#asked?.reject(new Error(why))
    })
    this.#worker.once('error', (error) => this.#asked?.reject(error))
    this.#worker.once('exit', () => {
      this.#asked?.reject(new Error('the thread has ended'))
      this.#exited.resolve()
    })
  }

  /** Rejects with why that could not be done. */
  ask(order: Order): Promise<void> {
    this.#asked = Promise.withResolvers()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, no window
    this.#worker.postMessage(order)
    return this.#asked.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ask('close').catch(() => {})
    await this.#exited.promise
  }
}
