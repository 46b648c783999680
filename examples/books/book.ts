import { PayloadError } from '../../src/index.ts'
import { z } from 'zod'
import { isbn } from './isbn.ts'

/** Longest title, in UTF-16 code units. */
const MAX_TITLE = 500
/** Most books of one page. */
const MAX_PAGE = 100
const DEFAULT_PAGE = 50

const title = z
  .string()
  .min(1)
  .max(MAX_TITLE)
  .refine((text) => text.isWellFormed(), 'a title must be well-formed Unicode')
  .regex(/^[^\p{Cc}]*$/u, 'a title must have no control characters')
  .regex(/^\S(?:.*\S)?$/su, 'a title must neither begin nor end with space')

/** The body of `POST /books` and `PUT /books/:id`. Who has published a book is found out later, and nobody's to say. */
export const newBook = z.strictObject({ title, isbn })
export type NewBook = z.output<typeof newBook>

export interface Book extends NewBook {
  readonly id: number
  /** Its name; null as long as nobody has found it. */
  readonly publisher: string | null
}

const id = z
  .string()
  .regex(/^[1-9][0-9]{0,14}$/, 'an id must be a whole number of at least 1, and at most 15 digits')
  .transform(Number)

/** The query of `GET /books`: `limit` books (50), those whose id is greater than `after`. */
export const pageQuery = z.strictObject({
  after: z.literal('0').transform(Number).or(id).default(0),
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,2}$/, `a page must have 1 to ${MAX_PAGE} books`)
    .transform(Number)
    .refine((limit) => limit <= MAX_PAGE, `a page must have 1 to ${MAX_PAGE} books`)
    .default(DEFAULT_PAGE),
})

/** The id that a text says, as it is in a path or is the key of a record; undefined where no book can have it. */
export const bookIdIn = (text: unknown): number | undefined => id.safeParse(text).data

/** The schema's output; throws a `PayloadError` that lists every issue. */
export function fitting<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const [first] = error.issues
  const where = first === undefined || first.path.length === 0 ? '' : `${first.path.join('.')}: `
  throw new PayloadError(`${what} is refused: ${where}${first?.message}`, error.issues, value)
}
