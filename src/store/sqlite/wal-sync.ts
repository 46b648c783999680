import { close, fdatasync, fstatSync, open } from 'node:fs'
import { promisify } from 'node:util'

const openFile = promisify(open)
const closeFile = promisify(close)

/** What is asked of the system; tests put a disk that fails in its place. */
export type Sync = (fd: number) => Promise<void>

/** The WAL was deleted under us: what is committed to it now is in no file. */
export class WalLostError extends Error {
  override readonly name = 'WalLostError'

  constructor(path: string) {
    super(`${path} was deleted while it was in use`)
  }
}

/**
 * Brings what was committed to the WAL onto the disk, off the event loop.
 * 1. A sync covers what was committed before it began, and nothing else. 2. At most one is under way; all who come meanwhile share
 * the next. 3. After one has failed none succeeds any more: Linux tells of a lost page once, and a later sync would answer well.
 */
export class WalSync {
  readonly #path: string
  readonly #sync: Sync
  #fd: number | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failure: unknown

  constructor(path: string, sync: Sync = promisify(fdatasync)) {
    this.#path = path
    this.#sync = sync
  }

  /** Resolves once all that is committed now is on disk. */
  done(): Promise<void> {
    if (this.#next !== undefined) return this.#next
    if (this.#running === undefined) return this.#run()
    const run = (): Promise<void> => this.#run()
    this.#next = this.#running.then(run, run)
    return this.#next
  }

  #run(): Promise<void> {
    this.#next = undefined
    const running = this.#synced().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #synced(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      // 'r+': Windows syncs only what may be written.
      this.#fd ??= await openFile(this.#path, 'r+')
      await this.#sync(this.#fd)
      if (fstatSync(this.#fd).nlink === 0) throw new WalLostError(this.#path)
    } catch (error) {
      this.#failure ??= error
      throw error
    }
  }

  /** Waits for the one under way. */
  async close(): Promise<void> {
    this.#failure ??= new Error('the file is closed')
    await (this.#next ?? this.#running)?.catch(() => {})
    if (this.#fd !== undefined) await closeFile(this.#fd)
    this.#fd = undefined
  }
}
