import { MIMEType } from 'node:util'
import { RefusedError } from './refused-error.ts'
import type { HttpRequest } from './request.ts'

const JSON_TYPE = /^application\/(?:.+\+)?json$/
/** Names of UTF-8: https://encoding.spec.whatwg.org/#names-and-labels */
const UTF_8: ReadonlySet<string> = new Set(['utf-8', 'utf8'])

const CHARSET = /;[\t ]*charset[\t ]*=/gi

/** Refuses what is not JSON in UTF-8: `application/json`, or a type of its own that ends in `+json`. Said once. */
export function checkContentType({ headers, rawHeaders }: HttpRequest): void {
  const contentType = headers['content-type']
  if (contentType === undefined) throw unsupported('the request must have a Content-Type: application/json')
  // Node drops all but the first.
  if (countOf('content-type', rawHeaders) > 1) throw unsupported('the request must have only one Content-Type')
  if (contentType === 'application/json') return
  const type = parsed(contentType)
  if (type === undefined || !JSON_TYPE.test(type.essence)) {
    throw unsupported('the Content-Type must be application/json, or one that ends in +json')
  }
  const charset = type.params.get('charset') ?? 'utf-8'
  const isOne = (contentType.match(CHARSET)?.length ?? 0) <= 1
  if (!isOne || !UTF_8.has(charset.toLowerCase())) throw unsupported('the charset of the Content-Type must be utf-8')
}

/** Names and values in turn. */
function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at]
    if (each?.length === name.length && each.toLowerCase() === name) count += 1
  }
  return count
}

function parsed(contentType: string): MIMEType | undefined {
  try {
    return new MIMEType(contentType)
  } catch {
    return undefined
  }
}

const unsupported = (why: string): RefusedError => new RefusedError(why, { status: 415 })
