import { MIMEType } from 'node:util'
import { RefusedError } from './refused-error.ts'

const JSON_TYPE = /^application\/(?:.+\+)?json$/
/** Names of UTF-8: https://encoding.spec.whatwg.org/#names-and-labels */
const UTF_8: ReadonlySet<string> = new Set(['utf-8', 'utf8'])

/** Refuses what is not JSON in UTF-8: `application/json`, or a type of its own that ends in `+json`. */
export function checkContentType(contentType: string | undefined): void {
  if (contentType === 'application/json') return
  if (contentType === undefined) throw unsupported('the request must have a Content-Type: application/json')
  const type = parsed(contentType)
  if (type === undefined || !JSON_TYPE.test(type.essence)) {
    throw unsupported('the Content-Type must be application/json, or one that ends in +json')
  }
  const charset = type.params.get('charset') ?? 'utf-8'
  if (!UTF_8.has(charset.toLowerCase())) throw unsupported('the charset of the Content-Type must be utf-8')
}

function parsed(contentType: string): MIMEType | undefined {
  try {
    return new MIMEType(contentType)
  } catch {
    return undefined
  }
}

const unsupported = (why: string): RefusedError => new RefusedError(why, { status: 415 })
