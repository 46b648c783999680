import type { ServerResponse } from 'node:http'
import { raw } from 'express'
import { RefusedError } from './refused-error.ts'
import type { HttpRequest } from './request.ts'

/** Reads a body to its end, inflated where it is encoded; refuses what is over the limit. */
export type ReadBody = (request: HttpRequest, response: ServerResponse) => Promise<Uint8Array>

type RawParser = (request: HttpRequest, response: ServerResponse, next: (error?: unknown) => void) => void

/** Express's own reader, for bodies of at most `maxBytes`, as they are sent and as they are once inflated. */
export function bodyReader(maxBytes: number): ReadBody {
  const parse = raw({ type: () => true, limit: maxBytes }) as unknown as RawParser
  return (request, response) => {
    if (Number(request.headers['content-length']) > maxBytes) return Promise.reject(tooLarge(maxBytes))
    return new Promise((resolve, reject) => {
      parse(request, response, (error) => {
        if (error === undefined) resolve((request.body as Uint8Array | undefined) ?? NO_BYTES)
        else reject(refusalOf(error, maxBytes))
      })
    })
  }
}

const NO_BYTES = new Uint8Array()

function refusalOf(error: unknown, maxBytes: number): RefusedError {
  const { status } = error as { readonly status?: unknown }
  if (status === 413) return tooLarge(maxBytes)
  if (status === 415)
    return new RefusedError('the Content-Encoding must be gzip, deflate, br or identity', { status, cause: error })
  return new RefusedError('the body could not be read: it is cut off, or not encoded as its Content-Encoding says', {
    cause: error,
  })
}

const tooLarge = (maxBytes: number): RefusedError =>
  new RefusedError(`the body must have at most ${maxBytes} bytes, and so must what it inflates to`, { status: 413 })

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

/** Refuses bytes that are no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes)
  } catch (cause) {
    throw new RefusedError('the body must be JSON in UTF-8: it has bytes that are no UTF-8', { cause })
  }
}

/** Refuses a text that is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RefusedError(text === '' ? 'the body must be JSON: it is empty' : 'the body must be JSON', { cause })
  }
}
