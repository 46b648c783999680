import type { MakeSubject } from './subject.ts'

/** What is compared, each loaded only in the process that runs it. */
export const SUBJECTS = {
  willcall: async (): Promise<MakeSubject> => (await import('./willcall.ts')).willcall,
  'p-queue, p-retry in it': async (): Promise<MakeSubject> => (await import('./p-queue.ts')).oneQueue,
  'p-queue for each API, p-retry in it': async (): Promise<MakeSubject> =>
    (await import('./p-queue.ts')).queueOfEachApi,
  'p-queue, p-retry around it': async (): Promise<MakeSubject> => (await import('./p-queue.ts')).retryAround,
  BullMQ: async (): Promise<MakeSubject> => (await import('./bullmq.ts')).bullmq,
}

export type SubjectName = keyof typeof SUBJECTS
