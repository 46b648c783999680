import type { Attempt } from '../../attempt/attempt.ts'
import type { Commit, Member } from '../membership.ts'
import type { PartitionWork } from './partition-work.ts'
import { reportCommit, reportEnding } from './report.ts'
import type { Unfinished } from './unfinished.ts'

export interface CommitsOptions {
  readonly member: Pick<Member, 'commit'>
  readonly group: string
  /** Called with each whose partition others hold. */
  readonly lost: (work: PartitionWork) => void
  readonly failed: (error: unknown) => void
  /** Called when a commit is over. */
  readonly over: () => void
}

/** The commits of a member. 1. One is under way at a time, with all that has ended until it began. 2. What ended is reported after it. */
export class Commits {
  readonly #options: CommitsOptions
  /** Whose end is not committed. */
  #untold: Attempt<Unfinished>[] = []
  #isUnderWay = false

  constructor(options: CommitsOptions) {
    this.#options = options
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  ended(attempts: readonly Attempt<Unfinished>[]): void {
    this.#untold.push(...attempts)
  }

  begin(all: Iterable<PartitionWork>): void {
    if (this.#isUnderWay) return
    const works: PartitionWork[] = []
    const commits: Commit[] = []
    for (const work of all) {
      const commit = work.commit()
      if (commit === undefined) continue
      works.push(work)
      commits.push(commit)
    }
    if (commits.length > 0) void this.#write(works, commits)
  }

  async #write(works: readonly PartitionWork[], commits: readonly Commit[]): Promise<void> {
    const { member, lost, failed, over } = this.#options
    const ended = this.#untold
    this.#untold = []
    this.#isUnderWay = true
    try {
      const held = await member.commit(commits)
      for (const [index, work] of works.entries()) {
        if (held[index] !== true) lost(work)
        else work.committed()
      }
      this.#report(commits, works, ended)
    } catch (error) {
      for (const work of works) work.notCommitted()
      this.#untold = [...ended, ...this.#untold]
      failed(error)
    } finally {
      this.#isUnderWay = false
      over()
    }
  }

  #report(commits: readonly Commit[], works: readonly PartitionWork[], ended: readonly Attempt<Unfinished>[]): void {
    const { group } = this.#options
    for (const [index, work] of works.entries()) if (!work.isLost) reportCommit(group, commits[index] as Commit)
    for (const attempt of ended) if (!attempt.job.work.isLost) reportEnding(group, attempt)
  }
}
