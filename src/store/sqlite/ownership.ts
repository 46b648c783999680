import { Bell } from '../../channel/bell.ts'
import type { Clock } from '../../core/clock.ts'
import { events } from '../../core/events.ts'
import type { SqliteFile } from './file/file.ts'
import { freeOwner } from './orphans.ts'
import { Owner } from './owner/owner.ts'
import type { OwnerRow } from './owner/owner-rescue.ts'
import type { Session } from './session.ts'

export interface OwnershipOptions {
  readonly file: SqliteFile<Session>
  readonly clock: Clock
  /** So many deaths of its owner end a job. */
  readonly maxDeaths: number
}

/** The owner that this process is in a file, for all that it owns there. There is none until it is first asked for. */
export class Ownership {
  readonly #options: OwnershipOptions
  #owner: Owner | undefined
  #owned = expected<number>()
  /** Rung when others have taken the number away, and all that was owned with it; `id` is undefined then. */
  readonly robbed: Bell = new Bell()
  /** Rung when this process has taken the row of another owner away, who was dead. */
  readonly freed: Bell = new Bell()

  constructor(options: OwnershipOptions) {
    this.#options = options
  }

  /** Undefined while it has none: nothing can be owned then. */
  get id(): number | undefined {
    return this.#owner?.id
  }

  /** From now on it has a number, or is about to get one. Throws where no lock file can be made. */
  start(): void {
    this.#owner ??= this.#started()
  }

  /** Resolves with its number once it has one; rejects with why it could not get one now. */
  async owned(): Promise<number> {
    this.start()
    return this.id ?? (await this.#owned.promise)
  }

  /** Within a transaction. False where others, who believed that this process was dead, have taken the row away. */
  isStill(session: Session, id: number): boolean {
    const isOwner = session.isOwner(id)
    if (!isOwner) session.onCommit(() => this.#owner?.robbed(id))
    return isOwner
  }

  #started(): Owner {
    const { file, clock, maxDeaths } = this.#options
    const free = (owner: number, how: 'died' | 'closed'): Promise<number> =>
      file.commit((session) => {
        if (how === 'died') session.onCommit(() => this.freed.ring())
        return freeOwner(session, { owner, how, maxDeaths, now: clock.now() })
      })
    return new Owner({
      database: file.database,
      clock,
      ledger: {
        add: (lockFile) => file.commit(({ statements }) => (statements.addOwner.get(lockFile) as [number])[0]),
        has: (id) => file.session.statements.owner.get(id) !== undefined,
        all: () => file.session.statements.owners.all() as OwnerRow[],
        free: (id) => free(id, 'died'),
        remove: (id) => free(id, 'closed').then(() => {}),
      },
      onOwned: (id) => this.#owned.resolve(id),
      onRobbed: () => {
        this.#owned = expected()
        this.robbed.ring()
      },
      onFailed: (error) => this.#failed(error),
    })
  }

  /** Whoever waits for a number asks again. */
  #failed(why: unknown): void {
    events['store.failed'].publish({ verb: 'claim', error: why })
    this.#owned.reject(why)
    if (this.id === undefined) this.#owned = expected()
  }

  /** Resolves once its row is gone. */
  async close(): Promise<void> {
    await this.#owner?.close()
  }
}

/** Somebody may wait for it, or nobody. */
function expected<Value>(): PromiseWithResolvers<Value> {
  const promised = Promise.withResolvers<Value>()
  promised.promise.catch(() => {})
  return promised
}
