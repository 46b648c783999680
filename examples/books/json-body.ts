import { MIMEType } from 'node:util'
import express, { type RequestHandler } from 'express'
import { RefusedError } from '../../src/express/index.ts'

/** The largest body. A title of 500 characters takes 3,000 bytes where each is an escape. */
const MAX_BODY_BYTES = 16_384

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const read = express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false })

/** `request.body` is what the body says in JSON. Refuses what is not said to be JSON, or is none in UTF-8, or is too large. */
export const jsonBody: RequestHandler[] = [
  (request, response, next) => {
    if (!isJson(request.headers['content-type'])) {
      throw new RefusedError('the request must have a Content-Type: application/json', { status: 415 })
    }
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      throw new RefusedError(`the body must have at most ${MAX_BODY_BYTES} bytes`, { status: 413 })
    }
    if (request.headers.expect !== undefined) response.writeContinue()
    next()
  },
  read,
  (request, _response, next) => {
    request.body = parsed(request.body)
    next()
  },
]

function isJson(contentType: string | undefined): boolean {
  try {
    const { essence, params } = new MIMEType(contentType ?? '')
    return essence === 'application/json' && /^utf-?8$/i.test(params.get('charset') ?? 'utf-8')
  } catch {
    return false
  }
}

function parsed(body: unknown): unknown {
  try {
    return JSON.parse(UTF_8.decode(Buffer.isBuffer(body) ? body : new Uint8Array()))
  } catch (cause) {
    throw new RefusedError('the body must be an object in JSON, in UTF-8', { cause })
  }
}
