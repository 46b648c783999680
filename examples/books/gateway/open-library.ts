import ky from 'ky'
import { z } from 'zod'
import { boundedText } from './bounded-text.ts'
import type { Gateway } from './gateway.ts'

/** The largest answer. Those of Open Library have some thousand bytes. */
const MAX_ANSWER_BYTES = 1_048_576
const MAX_PUBLISHERS = 1_000
/** Longest name, in UTF-16 code units. */
const MAX_NAME = 500

/** What is read of an edition; the other fields are its own matter. https://openlibrary.org/type/edition */
const edition = z.object({
  publishers: z
    .array(
      z
        .string()
        .max(MAX_NAME)
        .refine((name) => name.isWellFormed(), 'a name must be well-formed Unicode'),
    )
    .max(MAX_PUBLISHERS)
    .optional(),
})

export interface OpenLibraryOptions {
  /** How long a call may take, with its answer. */
  readonly timeoutMs: number
}

/** Asks the API at this address, once for each call: who tries again is the subscription. It may redirect, as the real one does. */
export function openLibrary(address: string, { timeoutMs }: OpenLibraryOptions): Gateway {
  const api = ky.create({
    baseUrl: new URL('isbn/', address.endsWith('/') ? address : `${address}/`),
    retry: 0,
    timeout: false,
    throwHttpErrors: (status) => status !== 404,
  })
  const ask = async (isbn: string, signal: AbortSignal): Promise<readonly string[]> => {
    const response = await api.get(`${isbn}.json`, { signal })
    const text = await boundedText(response, MAX_ANSWER_BYTES)
    // It has answered, and knows no such edition.
    if (response.status === 404) return []
    const { publishers = [] } = edition.parse(JSON.parse(text))
    return publishers.map((name) => name.trim()).filter((name) => name !== '')
  }
  return {
    publishersOf: async (isbn, { signal }) => {
      const late = AbortSignal.timeout(timeoutMs)
      try {
        return await ask(isbn, AbortSignal.any([signal, late]))
      } catch (cause) {
        if (signal.aborted || !late.aborted) throw cause
        // Its own error has no stack.
        throw new Error(`${address} has not answered for ${isbn} within ${timeoutMs} ms`, { cause })
      }
    },
  }
}
