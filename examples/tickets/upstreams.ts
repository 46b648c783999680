import { type Clock, Upstream } from '../../src/index.ts'

/** The APIs that the service calls. */
export interface Upstreams {
  readonly receipts: Upstream
  readonly spreadsheets: Upstream
}

/** Each may take half of the worker's places, rounded up: however slow one is, it never takes all of them from the other. */
export function upstreamsOf(workerConcurrency: number, clock: Clock): Upstreams {
  const options = { concurrency: Math.ceil(workerConcurrency / 2), clock }
  return { receipts: new Upstream('receipts', options), spreadsheets: new Upstream('spreadsheets', options) }
}
