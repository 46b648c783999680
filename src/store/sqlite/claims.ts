import type { Bell } from '../../channel/bell.ts'
import type { Clock, Moment } from '../../core/clock.ts'
import { WillcallError } from '../../core/errors.ts'
import type { Claimed, ClaimQuery, KeptJob, Settlement } from '../store.ts'
import { claim } from './claim.ts'
import { DoneRetention, type Retention } from './done.ts'
import type { Taker } from './enqueue.ts'
import type { SqliteFile } from './file/file.ts'
import type { ClaimedJob } from './job-row.ts'
import type { Ownership } from './ownership.ts'
import type { Session } from './session.ts'
import { settle } from './settle.ts'
import { giveBackCall, momentsFrom, renewCall } from './tokens.ts'
import { Window } from './window.ts'

export interface ClaimsOptions extends Retention {
  readonly file: SqliteFile<Session>
  readonly ownership: Ownership
  readonly changed: Bell
  readonly clock: Clock
}

/** What was taken since the last point that a transaction may go back to. */
interface Taken {
  readonly session: Session
  readonly step: number
  readonly jobs: ClaimedJob[]
}

interface EndedBatch {
  readonly settlements: Settlement[]
  now: number
  /** Nothing is added any more. */
  isClosed: boolean
  readonly written: Promise<void>
}

const NO_JOBS: Claimed = { jobs: [], nextAt: undefined }

/**
 * The jobs that this process owns: what it claims, takes at once where they are sent, and settles.
 * 1. A job is handed out once its claim is committed, or kept where it must be. 2. Only its owner settles it, once. 3. What is not
 * handed out goes back as it was.
 */
export class Claims implements Taker {
  readonly #options: ClaimsOptions
  readonly #window = new Window()
  readonly #retention: DoneRetention
  #taken: Taken | undefined
  #ended: EndedBatch | undefined
  /** Nothing is taken any more. */
  #isClosing = false
  /** What goes back to the file at the next look. */
  #goingBack: readonly ClaimedJob[] = []
  /** Claims that are about to be kept. */
  readonly #keeping = new Set<Promise<void>>()

  constructor(options: ClaimsOptions) {
    this.#options = options
    this.#retention = new DoneRetention(options)
    const { ownership } = options
    ownership.robbed.onRing(() => {
      // Others have these too.
      this.#window.all()
      this.mayHaveMore()
    })
    ownership.freed.onRing(() => this.mayHaveMore())
  }

  get #owner(): number | undefined {
    return this.#options.ownership.id
  }

  /** At once where nothing in the file could add to the answer. */
  claim(query: ClaimQuery): Claimed | Promise<Claimed> {
    const { room, now } = query
    this.#window.ask(query)
    if (room.length === 0) return this.#giveUp()
    this.#options.ownership.start()
    const { nextAt = Number.POSITIVE_INFINITY } = this.#window
    if (nextAt <= now || !this.#window.holdsAllOf(query)) return this.#claim(query)
    return this.#take(query, 0)
  }

  /** What no worker here has room for any more. */
  async #giveUp(): Promise<Claimed> {
    await Promise.all(this.#keeping)
    await this.#giveBack(this.#window.unasked())
    return NO_JOBS
  }

  async #claim(query: ClaimQuery): Promise<Claimed> {
    const at = momentsFrom(query.now, this.#options.clock)
    const owner = this.#owner ?? (await this.#options.ownership.owned())
    const claimed = await this.#options.file.commit((session) => {
      if (this.#isClosing || !this.#options.ownership.isStill(session, owner)) return 0
      const jobs = claim(session, query, { owner, window: this.#window, at: at() })
      session.onCommit(() => this.#add(jobs, at))
      return jobs.length
    })
    return this.#take(query, claimed)
  }

  #take(query: ClaimQuery, claimed: number): Claimed {
    const jobs = this.#inTime(this.#window.take(query))
    // The file may have more for the places that are left: another worker may have taken what was claimed for this one.
    const mayTakeMore = jobs.length + claimed > 0 && jobs.length < query.places
    if (mayTakeMore && !this.#window.isDrainedOf(query)) this.#options.changed.ring()
    return { jobs, nextAt: this.#window.nextFor(query) }
  }

  /** Those whose call still counts in time; the others go back. */
  #inTime(jobs: readonly ClaimedJob[]): readonly KeptJob[] {
    if (jobs.every(({ token }) => token === undefined)) return jobs
    const elapsed = this.#options.clock.elapsed()
    const late = jobs.filter(({ token }) => token !== undefined && token.beginBy < elapsed)
    this.#window.notBegun(late)
    this.#goingBack = [...this.#goingBack, ...late]
    return jobs.filter((job) => !late.includes(job))
  }

  #add(jobs: readonly ClaimedJob[], at: () => Moment): void {
    const first = jobs.filter(({ task }) => this.#window.of(task).mustBeKept)
    if (first.length === 0) return this.#window.add(jobs)
    this.#window.add(jobs.filter((job) => !first.includes(job)))
    const keeping = this.#keep(first, at).then(
      (kept) => {
        // Others who believed that this process was dead have them meanwhile.
        const ours = kept.filter(({ owner }) => owner === this.#owner)
        this.#window.add(ours)
        this.#willNotCome(first.filter((job) => !ours.includes(job)))
        this.#options.changed.ring()
      },
      () => this.#willNotCome(first),
    )
    this.#keeping.add(keeping)
    void keeping.finally(() => this.#keeping.delete(keeping))
  }

  /** Answers with those that may still begin. */
  async #keep(jobs: readonly ClaimedJob[], at: () => Moment): Promise<readonly ClaimedJob[]> {
    const { file } = this.#options
    await file.kept()
    if (jobs.every(({ token }) => token === undefined)) return jobs
    return await file.commit((session) =>
      jobs.filter(({ token }) => token === undefined || renewCall(session, token, at())),
    )
  }

  #willNotCome(jobs: readonly ClaimedJob[]): void {
    this.#window.drop(jobs)
    this.#goingBack = [...this.#goingBack, ...jobs]
  }

  settle(settlements: readonly Settlement[], now: number): Promise<void> {
    for (const { job } of settlements) this.#window.ended(job as ClaimedJob)
    if (this.#ended === undefined || this.#ended.isClosed) this.#ended = this.#endedBatch()
    this.#ended.settlements.push(...settlements)
    this.#ended.now = now
    return this.#ended.written
  }

  /** What is settled until its transaction begins is written together. */
  #endedBatch(): EndedBatch {
    const settlements: Settlement[] = []
    const written = this.#options.file.commitSoon((session) => {
      batch.isClosed = true
      this.settleIn(session, settlements, batch.now)
    })
    const batch: EndedBatch = { settlements, now: 0, isClosed: false, written }
    // What could not be written is settled anew.
    written.catch(() => (batch.isClosed = true))
    return batch
  }

  /** Within a transaction. */
  settleIn(session: Session, settlements: readonly Settlement[], now: number): void {
    session.willRing()
    const owner = this.#owner
    if (owner === undefined || !this.#options.ownership.isStill(session, owner)) return
    const rows = settle(session, settlements, { owner, window: this.#window, now })
    this.#retention.forget(session, now, rows)
    session.onCommit(() => this.#window.turn())
  }

  /** Throws `already_settled` where a job is not this process's any more. */
  checkOpen(session: Session, job: KeptJob): void {
    const { isOpen, owner } = job as ClaimedJob
    if (isOpen && owner === this.#owner && session.isOwner(owner)) return
    const why = `nothing can be written with the end of job ${job.id}: it has ended, or others have it`
    throw new WillcallError('already_settled', why, { given: job.id })
  }

  /** Undefined where the job has to wait for a claim: others wait before it, or there is no place. */
  ownerFor(session: Session, task: string): number | undefined {
    const owner = this.#isClosing ? undefined : this.#owner
    const { mayRunAhead, isDrained, room } = this.#window.of(task)
    return owner !== undefined && mayRunAhead && isDrained && room > 0 && session.isOwner(owner) ? owner : undefined
  }

  took(session: Session, job: ClaimedJob): void {
    if (this.#taken?.session !== session || this.#taken.step !== session.step) this.#taken = this.#takenIn(session)
    this.#taken.jobs.push(job)
    this.#window.expect(job)
  }

  #takenIn(session: Session): Taken {
    const jobs: ClaimedJob[] = []
    session.onUndo(() => this.#window.drop(jobs))
    session.onCommit(() => this.#window.add(jobs))
    return { session, step: session.step, jobs }
  }

  waits(task: string, runAt: number, now: number): void {
    this.#window.waits(task, runAt, now)
  }

  /** Somebody else may have put jobs into the file. */
  mayHaveMore(): void {
    this.#window.mayHaveMore()
    this.#options.changed.ring()
  }

  /** Now and then: what nobody here took goes back. */
  tidy(): void {
    const jobs = [...this.#window.left(), ...this.#goingBack]
    this.#goingBack = []
    if (jobs.length > 0) this.#giveBack(jobs).catch(() => (this.#goingBack = [...this.#goingBack, ...jobs]))
  }

  #giveBack(jobs: readonly ClaimedJob[]): Promise<void> {
    const owner = this.#owner
    const ours = jobs.filter((job) => job.owner === owner)
    if (owner === undefined || ours.length === 0) return Promise.resolve()
    return this.#options.file.commit((session) => {
      const { statements, tally } = session
      const { changes } = statements.giveBack.run(owner, JSON.stringify(ours.map(({ row }) => row.key)))
      tally.running -= changes
      tally.waiting += changes
      for (const { token } of ours) if (token !== undefined) giveBackCall(session, token)
      this.#window.mayHaveMore()
      session.willRing()
    })
  }

  /** What is in work ends unknown once the owner is closed, and may be claimed by others at once. */
  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.#keeping)
    await this.#giveBack([...this.#window.all(), ...this.#goingBack]).catch(() => {})
  }
}
