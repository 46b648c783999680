import { Bell } from '../../channel/bell.ts'
import type { Clock, Timer } from '../../core/clock.ts'
import { events } from '../../core/events.ts'
import type { SqliteFile } from '../../store/sqlite/file/file.ts'
import type { Session } from '../../store/sqlite/session.ts'
import type { Topic } from './catalogue.ts'
import { leave } from './group.ts'
import { keyOf, offsetIn } from './keys.ts'
import { type Log, logOf } from './log.ts'
import type { Members } from './members.ts'
import type { PartitionRow, SizeRow } from './statements.ts'

/** Between two looks at what may be deleted, in milliseconds. */
const LOOK_MS = 10_000
/** Records that are deleted in one transaction, and from how many bytes on no more are. */
const MAX_FORGOTTEN = 1_000
const ENOUGH_BYTES = 8_388_608
/** A look at many partitions keeps the event loop no longer than this at a time, in milliseconds. */
const MAX_TURN_MS = 2

export interface RetentionOptions {
  readonly file: SqliteFile<Session>
  readonly clock: Clock
  readonly members: Members
}

/** Records at the front of a partition that may go. */
interface Old {
  /** The offset after theirs. */
  readonly end: number
  readonly bytes: number
}

const NOTHING: Old = { end: 0, bytes: 0 }

/**
 * Deletes records that are too old, or too much.
 * 1. Only from the front of a partition, so that what is left has no gaps. 2. Nothing that a group of the partition has not done,
 * unless the topic is `strict`. 3. No turn of the event loop is longer than one step in one partition.
 */
export class Retention {
  readonly #options: RetentionOptions
  readonly #stop = new AbortController()
  readonly #bell = new Bell()
  readonly #run: Promise<void>

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#run = this.#loop(this.#stop.signal)
  }

  async #loop(signal: AbortSignal): Promise<void> {
    for (await this.#rest(signal); !signal.aborted; await this.#rest(signal)) {
      try {
        await this.#leave()
        await this.#look(signal)
      } catch (error) {
        events['retention.failed'].publish({ error })
      }
    }
  }

  /** Keeps no process alive. */
  async #rest(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const timer: Timer = this.#options.clock.after(LOOK_MS, () => this.#bell.ring())
    timer.unref?.()
    await this.#bell.sleep()
    timer.cancel()
  }

  /** Members that could not be taken away when they left. */
  async #leave(): Promise<void> {
    const { file, members } = this.#options
    const leaving = members.takeLeaving()
    for (const [index, { group, member }] of leaving.entries()) {
      try {
        await file.commit((session) => leave(logOf(session), group, member))
        members.moved(group)
      } catch (error) {
        for (const row of leaving.slice(index)) members.leaveLater(row)
        throw error
      }
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { file, clock } = this.#options
    let turnBegan = clock.elapsed()
    const limited = logOf(file.session)
      .catalogue.all()
      .filter(({ retentionMs, retentionBytes }) => retentionMs !== Infinity || retentionBytes !== Infinity)
    for (const topic of limited) {
      for (let partition = topic.first; partition < topic.end && !signal.aborted; partition += 1) {
        while (!signal.aborted && oldOf(logOf(file.session), topic, partition, clock.now()).end > 0) {
          await this.#forget(topic, partition)
        }
        if (clock.elapsed() - turnBegan < MAX_TURN_MS) continue
        await clock.yield()
        turnBegan = clock.elapsed()
      }
    }
  }

  #forget(topic: Topic, partition: number): Promise<void> {
    const { file, clock } = this.#options
    return file.commit((session) => {
      const log = logOf(session)
      const { statements } = log
      const { end, bytes } = oldOf(log, topic, partition, clock.now())
      if (end === 0) return
      statements.forget.run(keyOf(partition, 0), keyOf(partition, end))
      statements.setFirst.run(end, bytes, partition)
      const skipped = statements.skipped.all(partition, end) as SkippedRow[]
      if (skipped.length === 0) return
      statements.skip.run(end, partition, end)
      const fact = { topic: topic.name, partition: partition - topic.first, to: end }
      session.onCommit(() => {
        for (const { group, offset } of skipped) events['records.skipped'].publish({ ...fact, group, from: offset })
      })
    })
  }

  /** Resolves once nothing is deleted any more. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#bell.ring()
    await this.#run
  }
}

interface SkippedRow {
  readonly group: string
  readonly offset: number
}

/** At most one step of them. */
function oldOf({ statements }: Log, topic: Topic, partition: number, now: number): Old {
  const { first, next, bytes } = statements.partition.get(partition) as PartitionRow
  const mayGo = topic.strict ? next : leastOf(statements.leastOffset.get(partition) as [number | null], next)
  if (first >= mayGo) return NOTHING
  const before = now - topic.retentionMs
  let old = NOTHING
  for (const [key, at, size] of statements.oldest.iterate(
    keyOf(partition, first),
    keyOf(partition, mayGo),
    MAX_FORGOTTEN,
  ) as Iterable<SizeRow>) {
    if (at > before && bytes - old.bytes <= topic.retentionBytes) break
    old = { end: offsetIn(key) + 1, bytes: old.bytes + size }
    if (old.bytes >= ENOUGH_BYTES) break
  }
  return old
}

/** What a group has is done up to its offset. */
const leastOf = ([least]: [number | null], next: number): number => least ?? next
