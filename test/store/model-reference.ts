import assert from 'node:assert/strict'
import type { JobId } from '../../src/core/message.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { Claimed, ClaimQuery, KeptJob } from '../../src/store/store.ts'
import { NOW } from '../../src/testing/store-case.ts'
import { type By, CAPACITY, TASKS } from './model-steps.ts'

/** A job that was handed out, as both know it. */
export interface Handed {
  readonly job: KeptJob
  readonly expected: KeptJob
  readonly by: By
  isSettled: boolean
}

/** What should be: the memory store, and what it calls the jobs that another one has kept, too. */
export class Reference {
  readonly memory: MemoryStore = new MemoryStore({ capacity: CAPACITY })
  readonly handed: Handed[] = []
  now: number = NOW
  sent = 0
  /** Other ids, in the order in which they were given, and what they are here. */
  readonly #expected = new Map<JobId, JobId>()

  get ids(): readonly JobId[] {
    return [...this.#expected.keys()]
  }

  get inWork(): readonly Handed[] {
    return this.handed.filter(({ isSettled }) => !isSettled)
  }

  /** The same call was answered with `ids` and with `expected`. */
  named(ids: readonly JobId[], expected: readonly JobId[]): void {
    assert.equal(ids.length, expected.length)
    for (const [index, id] of ids.entries()) {
      const known = this.#expected.get(id)
      if (known === undefined) assert.ok(!new Set(this.#expected.values()).has(expected[index] as JobId), 'a new job')
      else assert.equal(expected[index], known)
      this.#expected.set(id, expected[index] as JobId)
    }
  }

  expectedOf(id: JobId): JobId {
    return this.#expected.get(id) ?? id
  }

  /** The nth job that was kept; nobody's id past the last. */
  idOf(nth: number): JobId {
    return this.ids[nth % (this.ids.length + 1)] ?? ('nobody-1' as JobId)
  }

  async all(): Promise<readonly KeptJob[]> {
    return this.memory.list({}, { limit: Number.MAX_SAFE_INTEGER })
  }

  /** Which of the jobs of a task that have the same priority are taken is left to the store: takes those that it took. */
  claim(query: ClaimQuery, taken: readonly KeptJob[], by: By): Claimed {
    const claimed = this.memory.claim(query)
    const wanted = taken.map(({ id }) => this.expectedOf(id))
    const here = this.#only(claimed.jobs, wanted)
    const others = here.length < wanted.length ? this.#only(this.#claimAll(), wanted) : []
    const found = new Map([...here, ...others].map((job) => [job.id, job]))
    for (const job of taken) {
      const expected = found.get(this.expectedOf(job.id))
      assert.ok(expected, `${job.id} was not ready to be claimed`)
      this.handed.push({ job, expected, by, isSettled: false })
    }
    return claimed
  }

  /** How many jobs there is room for. */
  countReady(query: ClaimQuery): number {
    const { jobs } = this.memory.claim(query)
    this.#only(jobs, [])
    return jobs.length
  }

  #claimAll(): readonly KeptJob[] {
    const room = TASKS.map((task) => ({ task, places: CAPACITY }))
    return this.memory.claim({ owner: 'reference', places: CAPACITY, room, now: this.now }).jobs
  }

  #only(jobs: readonly KeptJob[], wanted: readonly JobId[]): readonly KeptJob[] {
    const others = jobs.filter(({ id }) => !wanted.includes(id))
    const untouched = others.map((job) => {
      return { job, ending: { kind: 'retry' as const, at: job.runAt, tries: job.tries } }
    })
    this.memory.settle(untouched, this.now)
    return jobs.filter(({ id }) => wanted.includes(id))
  }
}
