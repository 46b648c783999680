import { WillcallError } from '../../core/errors.ts'
import { isReplayGroup, replayTopicOf } from '../names.ts'
import { type Assignable, assignment, type Candidate } from './assignment.ts'
import type { Topic } from './catalogue.ts'
import type { Log } from './log.ts'

/** Groups in a file. Beside them each has one of what it has replayed. */
const MAX_GROUPS = 10_000

/** The version of a group that is not there. */
const REMOVED = -1

/** What a change of the members of a group shows in. */
export interface GroupNow {
  /** Another number after each change that was made. */
  readonly version: number
  /** Members whose process lives. */
  readonly living: number
}

/** One of a group, as its row is to be. */
export interface Joining {
  readonly group: number
  readonly owner: number
  readonly topics: readonly Topic[]
}

/** A partition that a member has. */
export interface HeldRow {
  readonly topic: Topic
  /** By number in the file. */
  readonly partition: number
}

/** What a member has after a transaction. */
export interface Holding {
  readonly member: number
  readonly now: GroupNow
  readonly held: readonly HeldRow[]
  /** By number in the file: those of them that others are to have. */
  readonly toRelease: ReadonlySet<number>
  /** Of all that it subscribes to, and what its group has replayed of that. */
  readonly topics: ReadonlySet<number>
}

/** Within a transaction: the number of a group that may be new. */
export function groupOf({ statements }: Log, name: string): number {
  const [known] = (statements.group.get(name) as [number] | undefined) ?? []
  if (known !== undefined) return known
  const [count] = statements.countGroups.get() as [number]
  // Whoever is a group can bury its dead.
  if (count >= MAX_GROUPS && !isReplayGroup(name)) throw tooMany(name)
  return (statements.addGroup.get(name) as [number])[0]
}

export function groupNow({ statements }: Log, group: number): GroupNow {
  const [version, living] = (statements.groupNow.get(group) as [number, number] | undefined) ?? [REMOVED, 0]
  return { version, living }
}

/** Within a transaction: adds a member, for which all partitions of its topics have a position. */
export function join({ statements }: Log, { group, owner, topics }: Joining): number {
  const [member] = statements.addMember.get(group, owner, JSON.stringify(topics.map(({ id }) => id))) as [number]
  for (const { first, end } of topics) statements.addPositions.run(group, first, end)
  statements.changeGroup.run(group)
  return member
}

/** Within a transaction: it is given nothing any more. */
export function stop({ statements }: Log, group: number, member: number): void {
  if (statements.stopMember.run(member).changes > 0) statements.changeGroup.run(group)
}

/** Within a transaction: takes a member away, and whatever it has is free. */
export function leave({ statements }: Log, group: number, member: number): void {
  statements.letAllGo.run(group, member)
  if (statements.removeMember.run(member).changes > 0) statements.changeGroup.run(group)
}

/**
 * Within a transaction: buries the members whose process has died, and takes what this one is to have and nobody has. Joins anew
 * where it is none.
 */
export function hold(log: Log, joining: Joining, name: string, memberBefore: number | undefined): Holding {
  const { statements, catalogue } = log
  const { group, owner } = joining
  if (statements.removeDead.run(group).changes > 0) statements.changeGroup.run(group)
  const isMember = memberBefore !== undefined && statements.member.get(memberBefore, owner) !== undefined
  const member = isMember ? memberBefore : join(log, joining)
  const targets = new Targets(log, group)
  const held: HeldRow[] = []
  const toRelease = new Set<number>()
  const ofMember = joining.topics.flatMap((topic) => {
    const replayed = catalogue.find(replayTopicOf(topic.name, name))
    return replayed === undefined
      ? [{ topic, of: topic }]
      : [
          { topic, of: topic },
          { topic: replayed, of: topic },
        ]
  })
  for (const { topic, of } of ofMember) {
    // What was replayed for one of this name that was removed is not for this one.
    if (!targets.isKnown(topic.first)) statements.addPositionsAtEnd.run(group, topic.first, topic.end)
    for (let number = 0; number < topic.partitions; number += 1) {
      const partition = topic.first + number
      const holder = targets.holderOf(partition)
      // What was replayed is with what it was replayed of.
      const isMine = targets.of(of.first + number) === member
      if (holder === undefined && isMine) statements.take.run(member, group, partition)
      if (holder === member || (holder === undefined && isMine)) held.push({ topic, partition })
      if (holder === member && !isMine) toRelease.add(partition)
    }
  }
  const topics = new Set(ofMember.map(({ topic }) => topic.id))
  return { member, now: groupNow(log, group), held, toRelease, topics }
}

interface MemberRow {
  readonly id: number
  readonly topics: string
  /** 1 where it is given nothing any more. */
  readonly stops: number
}

/** Who has what of a group, and who is to have it. */
class Targets {
  readonly #holders: ReadonlyMap<number, number | null>
  readonly #living: ReadonlySet<number>
  readonly #targets: ReadonlyMap<number, number>

  constructor({ statements, catalogue }: Log, group: number) {
    const rows = statements.members.all(group) as MemberRow[]
    const staying = rows.filter(({ stops }) => stops === 0)
    const members = staying.map(
      ({ id, topics }): Candidate => ({ id, topics: new Set(JSON.parse(topics) as number[]) }),
    )
    this.#living = new Set(rows.map(({ id }) => id))
    this.#holders = new Map(statements.holders.all(group) as [number, number | null][])
    const wanted = new Set(members.flatMap(({ topics }) => [...topics]))
    const topics = catalogue.all().filter(({ id }) => wanted.has(id))
    this.#targets = assignment(
      members,
      topics.flatMap((topic) => this.#partitionsOf(topic)),
    )
  }

  #partitionsOf({ id: topic, first, partitions }: Topic): readonly Assignable[] {
    return Array.from({ length: partitions }, (_, number) => {
      const id = first + number
      return { id, topic, holder: this.holderOf(id) }
    })
  }

  /** Whether the group has a position there. */
  isKnown(partition: number): boolean {
    return this.#holders.has(partition)
  }

  /** A living member that has it. */
  holderOf(partition: number): number | undefined {
    const holder = this.#holders.get(partition) ?? undefined
    return holder !== undefined && this.#living.has(holder) ? holder : undefined
  }

  of(partition: number): number | undefined {
    return this.#targets.get(partition)
  }
}

const tooMany = (name: string): WillcallError =>
  new WillcallError('too_large', `the group ${name} cannot be added: the file has ${MAX_GROUPS} groups already`, {
    given: name,
  })
