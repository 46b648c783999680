import type { MakePass } from './subject.ts'

/** The queues that are compared, each loaded only in the process that runs it. */
export const SUBJECTS = {
  'bare loop': async (): Promise<MakePass> => (await import('./bare-loop.ts')).bareLoop,
  willcall: async (): Promise<MakePass> => (await import('./willcall.ts')).willcall,
  'fastq callback': async (): Promise<MakePass> => (await import('./fastq-callback.ts')).fastqCallback,
  'fastq promise': async (): Promise<MakePass> => (await import('./fastq-promise.ts')).fastqPromise,
  'async.queue': async (): Promise<MakePass> => (await import('./async-queue.ts')).asyncQueue,
  'p-queue': async (): Promise<MakePass> => (await import('./p-queue.ts')).pQueue,
}

export type SubjectName = keyof typeof SUBJECTS
