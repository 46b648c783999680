import type { Needs } from '../place.ts'
import type { MakeSubject } from './subject.ts'

/** A queue that is compared. */
export interface SubjectKind extends Needs {
  /** Loaded only in the process that runs it. */
  load(): Promise<MakeSubject>
  /** Its part of the messages: one that is slow has shown its rate sooner. */
  readonly part: number
}

export const SUBJECTS = {
  'raw better-sqlite3': { load: async () => (await import('./raw-sqlite.ts')).rawSqlite, part: 1 },
  willcall: { load: async () => (await import('./willcall.ts')).willcall, part: 1 },
  'plainjob (NORMAL)': { load: async () => (await import('./plainjob.ts')).plainjob, part: 0.2 },
  'BullMQ, Redis everysec': { load: async () => (await import('./bullmq.ts')).bullmq, redis: 'everysec', part: 0.2 },
  'BullMQ, Redis always': { load: async () => (await import('./bullmq.ts')).bullmq, redis: 'always', part: 0.2 },
  'pg-boss': { load: async () => (await import('./pg-boss.ts')).pgBoss, postgres: true, part: 0.05 },
  'graphile-worker': {
    load: async () => (await import('./graphile-worker.ts')).graphileWorker,
    postgres: true,
    part: 0.05,
  },
} as const satisfies Readonly<Record<string, SubjectKind>>

export type SubjectName = keyof typeof SUBJECTS
