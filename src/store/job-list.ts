/** An entry of a `JobList`; only the list writes these. */
export interface Linked<Job> {
  before: Job | undefined
  after: Job | undefined
}

/**
 * Jobs in the order they were sent, linked through themselves, so that one comes and goes at the price of a few writes.
 * (A Map of which one entry goes for each that comes is rebuilt all the time, and its old tables keep each other alive until a
 * full collection: it took half of the worker's speed.)
 * 1. What was taken out links to nothing: else one old job would keep all later ones in memory.
 */
export class JobList<Job extends Linked<Job>> {
  #first: Job | undefined
  #last: Job | undefined

  add(job: Job): void {
    const last = this.#last
    if (last === undefined) this.#first = job
    else {
      last.after = job
      job.before = last
    }
    this.#last = job
  }

  remove(job: Job): void {
    const { before, after } = job
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    job.before = undefined
    job.after = undefined
  }

  /** `by` stands where `job` stood. */
  replace(job: Job, by: Job): void {
    const { before, after } = job
    by.before = before
    by.after = after
    if (before === undefined) this.#first = by
    else before.after = by
    if (after === undefined) this.#last = by
    else after.before = by
    job.before = undefined
    job.after = undefined
  }

  /** The first ones that fit, no more than `limit`. */
  take(fits: (job: Job) => boolean, limit: number): Job[] {
    const jobs: Job[] = []
    for (let job = this.#first; job !== undefined && jobs.length < limit; job = job.after) if (fits(job)) jobs.push(job)
    return jobs
  }

  *[Symbol.iterator](): Generator<Job> {
    for (let job = this.#first; job !== undefined; job = job.after) yield job
  }
}
