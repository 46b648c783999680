import { z } from 'zod'

export { topic } from '../../src/topics.ts'

/** What is published is a Date. */
export const takesDate = z.object({ at: z.date() })
/** What `run` gets is a Date. */
export const makesDate = z.object({ bookId: z.string(), at: z.iso.datetime().transform((at) => new Date(at)) })
