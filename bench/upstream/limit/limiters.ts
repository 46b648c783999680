import type { Limiter } from './limiter.ts'

/** What is compared, each loaded only in the process that runs it. */
export const LIMITERS = {
  willcall: async (): Promise<Limiter> => (await import('./willcall.ts')).willcall,
  'p-queue, strict': async (): Promise<Limiter> => (await import('./p-queue.ts')).pQueue,
}

export type LimiterName = keyof typeof LIMITERS
