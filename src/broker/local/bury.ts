import type { Session } from '../../store/sqlite/session.ts'
import { headersOfDead } from '../dead-record.ts'
import type { DeadRecord } from '../membership.ts'
import { deadTopicOf, replayGroupOf } from '../names.ts'
import { Appender, type Row } from './appender.ts'
import type { Topic } from './catalogue.ts'
import { groupOf } from './group.ts'
import { type Log, logOf } from './log.ts'

/**
 * Within a transaction: puts records among the dead of their topics, and returns the topics that have more now. What a group has
 * buried stays until it was replayed. Room is not asked for: nothing would be gained by a record that can neither live nor die.
 */
export function bury(session: Session, group: string, dead: readonly DeadRecord[], now: number): ReadonlySet<number> {
  const log = logOf(session)
  const topics = new Set<number>()
  const replaying = groupOf(log, replayGroupOf(group))
  const appender = new Appender(log.statements, now)
  for (const one of dead) {
    const topic = deadOf(log, one.record.topic)
    const partition = topic.first + (one.record.partition % topic.partitions)
    const offset = appender.add(partition, rowOf(group, one))
    log.statements.begin.run(replaying, partition, offset)
    topics.add(topic.id)
  }
  appender.flush()
  return topics
}

function deadOf({ catalogue }: Log, name: string): Topic {
  const dead = deadTopicOf(name)
  return catalogue.find(dead) ?? catalogue.add(dead, { ...catalogue.get(name), strict: false })
}

function rowOf(group: string, dead: DeadRecord): Row {
  const { key, json: payload } = dead.record
  const texts = { key, headers: JSON.stringify(headersOfDead(group, dead)), payload }
  const bytes = Buffer.byteLength(texts.headers) + Buffer.byteLength(texts.payload) + Buffer.byteLength(key ?? '')
  return { ...texts, bytes }
}
