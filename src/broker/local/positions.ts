import { WillcallError } from '../../core/errors.ts'
import { wholeNumber } from '../../core/option.ts'
import type { StoreParts } from '../../store/sqlite/sqlite-store.ts'
import type { Lag, Position, SeekTo } from '../broker.ts'
import { checkedName, replayGroupOf } from '../names.ts'
import type { Topic } from './catalogue.ts'
import { groupOf } from './group.ts'
import { keyOf } from './keys.ts'
import { type Log, logOf } from './log.ts'
import type { PartitionRow, TopicStatements } from './statements.ts'

export function lagOf({ statements }: Log, group: string): readonly Lag[] {
  const [id] = (statements.group.get(checkedName('group', group)) as [number] | undefined) ?? []
  return id === undefined ? [] : (statements.positions.all(id) as Lag[])
}

export const offsetsOf = (log: Log, group: string): readonly Position[] =>
  lagOf(log, group).map(({ topic, partition, offset }) => ({ topic, partition, offset }))

/** Of one partition, by number in its topic, where it is to go on. */
type Place = readonly [
  partition: number,
  placeIn: (row: PartitionRow, id: number, statements: TopicStatements) => number,
]

/** Throws `already_running` where a living member of the group subscribes to the topic. */
export async function seek(
  { file, ownership }: Pick<StoreParts, 'file' | 'ownership'>,
  name: string,
  topic: Topic,
  to: SeekTo,
): Promise<void> {
  checkedName('group', name)
  const places = placesOf(topic, to)
  const isDone = await file.keep((session) => {
    const log = logOf(session)
    const group = groupOf(log, name)
    if (hasMember(log, group, topic)) return false
    for (const [partition, placeIn] of places) {
      const id = topic.first + partition
      const row = log.statements.partition.get(id) as PartitionRow
      log.statements.seek.run(group, id, placeIn(row, id, log.statements))
    }
    log.statements.changeGroup.run(group)
    return true
  })
  if (isDone) return
  // A member that died may be found so only by another owner of the file.
  ownership.start()
  throw running(name, topic)
}

/** With what it has replayed. Throws `already_running` where the group has a living member. */
export async function removeGroup(
  { file, ownership }: Pick<StoreParts, 'file' | 'ownership'>,
  name: string,
): Promise<void> {
  const names = [checkedName('group', name), replayGroupOf(name)]
  const isDone = await file.keep((session) => {
    const { statements } = logOf(session)
    const ids = names.map((each) => (statements.group.get(each) as [number] | undefined)?.[0] ?? 0)
    if (ids.some((id) => statements.members.all(id).length > 0)) return false
    for (const id of ids) {
      statements.removePositions.run(id)
      statements.removeGroup.run(id)
    }
    return true
  })
  if (isDone) return
  ownership.start()
  throw new WillcallError('already_running', `the group ${name} cannot be removed: it has members that live`, {
    given: name,
  })
}

function hasMember({ statements }: Log, group: number, { id }: Topic): boolean {
  const members = statements.members.all(group) as { readonly topics: string }[]
  return members.some(({ topics }) => (JSON.parse(topics) as number[]).includes(id))
}

function placesOf(topic: Topic, to: SeekTo): readonly Place[] {
  const all = (placeIn: Place[1]): readonly Place[] =>
    Array.from({ length: topic.partitions }, (_, partition): Place => [partition, placeIn])
  if (to === 'earliest') return all(({ first }) => first)
  if (to === 'latest') return all(({ next }) => next)
  if (to instanceof Date && !Number.isNaN(to.getTime())) {
    return all((row, id, statements) => firstAt(statements, row, id, to.getTime()))
  }
  if (!Array.isArray(to)) throw noPlace(to)
  const offsets = to as readonly Omit<Position, 'topic'>[]
  const partitions = offsets.map((place) => wholeNumber('partition', place?.partition, 0, topic.partitions - 1))
  if (new Set(partitions).size < partitions.length) throw twice(to)
  return offsets.map(({ offset }, index): Place => {
    const placeIn = ({ first, next }: PartitionRow): number => Math.max(first, wholeNumber('offset', offset, 0, next))
    return [partitions[index] ?? 0, placeIn]
  })
}

/** The first record of this time or later: times never go back in a partition. */
function firstAt({ timeOf }: TopicStatements, { first, next }: PartitionRow, id: number, time: number): number {
  let low = first
  let high = next
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [at] = timeOf.get(keyOf(id, middle)) as [number]
    if (at < time) low = middle + 1
    else high = middle
  }
  return low
}

const running = (group: string, { name }: Topic): WillcallError =>
  new WillcallError('already_running', `the group ${group} cannot go elsewhere in ${name}: it has members that live`, {
    given: group,
  })

const noPlace = (to: unknown): WillcallError =>
  new WillcallError(
    'invalid_option',
    `a group can go to earliest, latest, a valid Date or an array of partitions and offsets, got ${String(to)}`,
    { given: to },
  )

const twice = (to: unknown): WillcallError =>
  new WillcallError('invalid_option', 'a group cannot go to two places in one partition', { given: to })
