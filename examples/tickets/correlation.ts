import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'

/** What may be sent on as a header: visible ASCII and spaces, of a bounded length. Anything else counts as absent. */
const CORRELATION_ID = /^[\x20-\x7E]{1,200}$/

/** Every answer has the `Correlation-ID` of its request; a request without one gets a new one, for all who read it later. */
export const correlation: RequestHandler = (request, response, next) => {
  const given = request.get('Correlation-ID') ?? ''
  const id = CORRELATION_ID.test(given) ? given : randomUUID()
  request.headers['correlation-id'] = id
  response.set('Correlation-ID', id)
  next()
}
