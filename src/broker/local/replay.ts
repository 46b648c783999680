import type { Clock } from '../../core/clock.ts'
import type { SqliteFile } from '../../store/sqlite/file/file.ts'
import type { Session } from '../../store/sqlite/session.ts'
import { deathOf } from '../dead-record.ts'
import { checkedName, deadTopicOf, replayGroupOf, replayTopicOf } from '../names.ts'
import { Appender } from './appender.ts'
import type { Topic } from './catalogue.ts'
import { groupOf } from './group.ts'
import { keyOf, offsetIn } from './keys.ts'
import { type Log, logOf } from './log.ts'
import type { Members } from './members.ts'
import type { PositionRow, RecordRow, SizeRow } from './statements.ts'

/** Dead records that are looked at in one transaction, and from how many bytes on no more are. */
const MAX_REPLAYED = 1_000
const ENOUGH_BYTES = 8_388_608

export interface Replaying {
  readonly file: SqliteFile<Session>
  readonly clock: Clock
  readonly members: Members
}

/** What one transaction has done. */
interface Step {
  readonly replayed: number
  /** Whether there are no more in the partition. */
  readonly isLast: boolean
}

/** Publishes the dead records of a group again, for it alone, and each once; resolves with how many. */
export async function replay({ file, clock, members }: Replaying, group: string, topic: Topic): Promise<number> {
  checkedName('group', group)
  const dead = logOf(file.session).catalogue.find(deadTopicOf(topic.name))
  let replayed = 0
  for (let partition = dead?.first ?? 0; partition < (dead?.end ?? 0); partition += 1) {
    for (let isLast = false; !isLast; ) {
      const step = await file.keep((session) => new Replay(session, members, group, topic).step(partition, clock.now()))
      replayed += step.replayed
      isLast = step.isLast
    }
  }
  return replayed
}

/** One transaction of it. */
class Replay {
  readonly #session: Session
  readonly #log: Log
  readonly #members: Members
  readonly #group: string
  readonly #of: Topic

  constructor(session: Session, members: Members, group: string, of: Topic) {
    this.#session = session
    this.#log = logOf(session)
    this.#members = members
    this.#group = group
    this.#of = of
  }

  /** `partition`: of the dead, by number in the file. */
  step(partition: number, now: number): Step {
    const { statements } = this.#log
    const [replaying] = (statements.group.get(replayGroupOf(this.#group)) as [number] | undefined) ?? []
    if (replaying === undefined) return { replayed: 0, isLast: true }
    const from = statements.position.get(replaying, partition) as PositionRow | undefined
    if (from === undefined) return { replayed: 0, isLast: true }
    const range = [keyOf(partition, from.offset), keyOf(partition + 1, 0)] as const
    const sizes = statements.oldest.all(...range, MAX_REPLAYED) as SizeRow[]
    const count = countOf(sizes)
    const rows = statements.read.all(...range, count) as RecordRow[]
    const last = rows.at(-1)
    if (last === undefined) return { replayed: 0, isLast: true }
    const replayed = this.#publish(rows, sizes, now)
    statements.seek.run(replaying, partition, offsetIn(last[0]) + 1)
    return { replayed, isLast: count === sizes.length && count < MAX_REPLAYED }
  }

  #publish(rows: readonly RecordRow[], sizes: readonly SizeRow[], now: number): number {
    const appender = new Appender(this.#log.statements, now)
    let topic: Topic | undefined
    let replayed = 0
    for (const [index, [, , key, headers, payload]] of rows.entries()) {
      const death = headers === null ? undefined : deathOf(JSON.parse(headers) as Record<string, string>)
      if (death?.group !== this.#group) continue
      topic ??= this.#topic()
      const bytes = sizes[index]?.[2] ?? 0
      appender.add(topic.first + (death.partition % topic.partitions), { key, headers, payload, bytes })
      replayed += 1
    }
    appender.flush()
    if (topic !== undefined) {
      const { id } = topic
      this.#session.onCommit(() => this.#members.published(new Set([id])))
    }
    return replayed
  }

  /** Where its members find them. */
  #topic(): Topic {
    const { statements, catalogue } = this.#log
    const name = replayTopicOf(this.#of.name, this.#group)
    const group = groupOf(this.#log, this.#group)
    const topic = catalogue.find(name) ?? catalogue.add(name, { ...this.#of, strict: false })
    // None where the group has them already.
    if (statements.addPositionsAtEnd.run(group, topic.first, topic.end).changes === 0) return topic
    statements.changeGroup.run(group)
    this.#session.onCommit(() => this.#members.moved(group))
    return topic
  }
}

/** At least one, where there is any. */
function countOf(sizes: readonly SizeRow[]): number {
  let bytes = 0
  const enough = sizes.findIndex(([, , size]) => (bytes += size) >= ENOUGH_BYTES)
  return enough === -1 ? sizes.length : enough + 1
}
