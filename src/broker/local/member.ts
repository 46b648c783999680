import { Bell } from '../../channel/bell.ts'
import { WillcallError } from '../../core/errors.ts'
import type { Session } from '../../store/sqlite/session.ts'
import type { StoreParts } from '../../store/sqlite/sqlite-store.ts'
import type { Assigned, Assignment, Commit, DeadRecord, Member, Progress, Read, Taken } from '../membership.ts'
import { bury } from './bury.ts'
import type { Topic } from './catalogue.ts'
import { type GroupNow, groupNow, groupOf, type HeldRow, hold, type Holding, join, leave, stop } from './group.ts'
import { logOf } from './log.ts'
import type { Members, Told } from './members.ts'
import { read } from './reader.ts'
import { writeProgress } from './write-progress.ts'

export interface MemberOptions extends Pick<StoreParts, 'file' | 'ownership' | 'clock' | 'othersWrote'> {
  readonly members: Members
  readonly group: string
  readonly topics: readonly Topic[]
}

/** As which one it has joined. */
interface Joined {
  readonly group: number
  readonly member: number
  readonly owner: number
  /** What was known of a file before it was opened again does not hold. */
  readonly session: Session
}

const NOTHING: Assignment = { taken: [], lost: [], toRelease: [] }

/**
 * A member of a group in a file.
 * 1. It has a partition while the row of the position names it, and the row of its owner is there: all that it writes is fenced with
 * both. 2. As long as nobody has told it of a change, an assignment costs nothing.
 */
export class LocalMember implements Member, Told {
  readonly brokerId: string
  readonly changed: Bell = new Bell()
  readonly #options: MemberOptions
  #joined: Joined | undefined
  readonly #held = new Map<Assigned, HeldRow>()
  /** Those that a commit has found to be another's; it may have them again by then, from where that one was. */
  readonly #refused = new Set<Assigned>()
  /** By number in the file: about to be released. */
  readonly #releasing = new Set<number>()
  #toRelease: readonly Assigned[] = []
  #reads: ReadonlySet<number> = new Set()
  /** The group as of the last assignment. */
  #now: GroupNow | undefined
  /** Whether another assignment may be due. */
  #isStale = true
  #isLeft = false
  #assigning: Promise<void> | undefined
  readonly #deafen: readonly (() => void)[]

  private constructor(options: MemberOptions) {
    this.#options = options
    const { file, ownership, othersWrote, members } = options
    this.brokerId = file.session.name
    this.#deafen = [othersWrote, ownership.freed, ownership.robbed].map((bell) => bell.onRing(() => this.mayBeMoved()))
    members.add(this)
  }

  /** A new one, which has nothing yet. */
  static async join(options: MemberOptions): Promise<LocalMember> {
    const member = new LocalMember(options)
    try {
      await member.#join()
      return member
    } catch (error) {
      member.#silence()
      throw error
    }
  }

  async #join(): Promise<void> {
    const { file, ownership, members, topics, group: name } = this.#options
    const owner = await ownership.owned()
    this.#joined = await file.commit((session) => {
      const log = logOf(session)
      const group = groupOf(log, name)
      const member = join(log, { group, owner, topics })
      session.onCommit(() => members.moved(group))
      return { group, member, owner, session }
    })
  }

  get group(): number | undefined {
    return this.#joined?.group
  }

  reads(topics: ReadonlySet<number>): boolean {
    for (const topic of topics) if (this.#reads.has(topic)) return true
    return false
  }

  mayBeMoved(): void {
    this.#isStale = true
    this.changed.ring()
  }

  async assign(): Promise<Assignment> {
    if (this.#isLeft) throw left(this.#options.group)
    const assigning = this.#assigned()
    const over = (): void => {}
    this.#assigning = assigning.then(over, over)
    return await assigning
  }

  async #assigned(): Promise<Assignment> {
    if (this.#held.size > 0 && !this.#isJoined(this.#options.file.session)) return this.#loseAll()
    if (!this.#isStale) return this.#unchanged()
    const owner = await this.#options.ownership.owned()
    this.#isStale = false
    try {
      if (this.#isAsBefore()) return this.#unchanged()
      return await this.#assign(owner)
    } catch (error) {
      this.#isStale = true
      throw error
    }
  }

  /** False where others believe that its process has died, or the file was opened again. */
  #isJoined(session: Session): boolean {
    return this.#joined?.owner === this.#options.ownership.id && this.#joined?.session === session
  }

  #loseAll(): Assignment {
    const lost = [...this.#held.keys()]
    this.#held.clear()
    this.#refused.clear()
    this.#toRelease = []
    this.mayBeMoved()
    return { ...NOTHING, lost }
  }

  #unchanged(): Assignment {
    return { ...NOTHING, toRelease: this.#toRelease.filter((assigned) => this.#held.has(assigned)) }
  }

  /** Read without a transaction: nothing that others could have taken is taken. */
  #isAsBefore(): boolean {
    const { session } = this.#options.file
    const before = this.#now
    if (before === undefined || this.#joined === undefined || !this.#isJoined(session)) return false
    const { version, living } = groupNow(logOf(session), this.#joined.group)
    return version === before.version && living === before.living
  }

  async #assign(owner: number): Promise<Assignment> {
    const { file, ownership, members, group: name, topics } = this.#options
    const assigned = await file.commit((session) => {
      if (this.#isLeft || !ownership.isStill(session, owner)) return undefined
      const log = logOf(session)
      const group = groupOf(log, name)
      // Of a file that was opened again they may have other numbers.
      const known = topics.map((topic) => log.catalogue.get(topic.name))
      const before = this.#joined?.member
      const holding = hold(log, { group, owner, topics: known }, name, before)
      if (holding.member !== before) session.onCommit(() => members.moved(group))
      return { holding, joined: { group, owner, member: holding.member, session } }
    })
    if (assigned === undefined) return this.#loseAll()
    this.#joined = assigned.joined
    return this.#taken(assigned.holding)
  }

  #taken({ held, toRelease, now, topics }: Holding): Assignment {
    this.#reads = topics
    const still = new Set(held.map(({ partition }) => partition))
    const isStill = (assigned: Assigned, { partition }: HeldRow): boolean =>
      still.has(partition) && !this.#refused.has(assigned)
    const lost = [...this.#held].flatMap(([assigned, row]) => (isStill(assigned, row) ? [] : [assigned]))
    for (const assigned of lost) this.#held.delete(assigned)
    this.#refused.clear()
    const known = new Set([...this.#held.values()].map(({ partition }) => partition))
    const fresh = held.filter(({ partition }) => !known.has(partition) && !this.#releasing.has(partition))
    // None is had before all are read: of what is had nobody would be told.
    const taken = fresh.map((row) => this.#takenOf(row))
    for (const [index, { assigned }] of taken.entries()) this.#held.set(assigned, fresh[index] as HeldRow)
    this.#toRelease = [...this.#held].flatMap(([assigned, { partition }]) =>
      toRelease.has(partition) ? [assigned] : [],
    )
    this.#now = now
    return { taken, lost, toRelease: this.#toRelease }
  }

  #takenOf({ topic, partition }: HeldRow): Taken {
    const { statements } = logOf(this.#options.file.session)
    const progress = statements.position.get(this.group ?? 0, partition) as Progress
    return { assigned: { topic: topic.name, partition: partition - topic.first }, progress }
  }

  read(assigned: Assigned, from: number, most: number): Read {
    const { session } = this.#options.file
    const held = this.#held.get(assigned)
    if (held === undefined || this.#joined?.session !== session) return { records: [], next: from, bytes: 0 }
    return read(logOf(session).statements, held, from, most)
  }

  async commit(commits: readonly Commit[]): Promise<readonly boolean[]> {
    const { file, ownership } = this.#options
    const joined = this.#joined
    const held = commits.map(({ assigned }) => this.#held.get(assigned)?.partition)
    if (joined === undefined || held.every((partition) => partition === undefined)) return commits.map(() => false)
    const answers = await file.commitSoon((session) => {
      const isStill = session === joined.session && ownership.isStill(session, joined.owner)
      return commits.map((commit, index) => isStill && this.#commit(session, joined, held[index], commit))
    })
    const refused = commits.filter((_, index) => answers[index] === false && held[index] !== undefined)
    for (const { assigned } of refused) this.#refused.add(assigned)
    if (refused.length === 0) return answers
    // What was known of the group does not hold.
    this.#now = undefined
    this.mayBeMoved()
    return answers
  }

  #commit(session: Session, { group, member }: Joined, partition: number | undefined, commit: Commit): boolean {
    if (partition === undefined) return false
    const { statements } = logOf(session)
    const { progress, dead } = commit
    if (!writeProgress(statements, { group, member, partition }, progress)) return false
    if (dead.length > 0) this.#bury(session, dead)
    return true
  }

  #bury(session: Session, dead: readonly DeadRecord[]): void {
    const { members, clock, group } = this.#options
    const topics = bury(session, group, dead, clock.now())
    session.onCommit(() => members.published(topics))
  }

  async release(assigned: Assigned): Promise<void> {
    const joined = this.#joined
    const held = this.#held.get(assigned)
    if (joined === undefined || held === undefined) return
    const { file, members } = this.#options
    const { partition } = held
    this.#held.delete(assigned)
    this.#releasing.add(partition)
    try {
      await file.commit((session) => {
        const { statements } = logOf(session)
        const { changes } = statements.letGo.run(joined.group, partition, joined.member)
        if (changes > 0) statements.changeGroup.run(joined.group)
      })
    } finally {
      this.#releasing.delete(partition)
      // Where it could not be released it is taken again.
      this.#now = undefined
      members.moved(joined.group)
    }
  }

  async stop(): Promise<void> {
    const joined = this.#joined
    if (joined === undefined) return
    const { file, members } = this.#options
    await file.commit((session) => stop(logOf(session), joined.group, joined.member))
    members.moved(joined.group)
  }

  async leave(): Promise<void> {
    if (this.#isLeft) return
    this.#isLeft = true
    this.#silence()
    await this.#assigning
    const { file, members } = this.#options
    const joined = this.#joined
    this.#held.clear()
    if (joined === undefined) return
    try {
      await file.commit((session) => leave(logOf(session), joined.group, joined.member))
    } catch (error) {
      members.leaveLater(joined)
      throw error
    } finally {
      members.moved(joined.group)
    }
  }

  /** Nothing is told to it any more. */
  #silence(): void {
    for (const deafen of this.#deafen) deafen()
    this.#options.members.remove(this)
  }
}

const left = (group: string): WillcallError =>
  new WillcallError('channel_closed', `nothing can be assigned: this member has left the group ${group}`)
