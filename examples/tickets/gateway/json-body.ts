import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

/** The largest request body, in bytes. */
const MAX_BODY_BYTES = 2 ** 20

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

export type JsonObject = Readonly<Record<string, unknown>>

/** A request body as it arrived, at most MAX_BODY_BYTES. */
export type Body = Buffer | 'too large'

/** Reads to the end. What is over the limit is dropped but still read, so that the caller gets to see the answer. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let bodyBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bodyBytes += chunk.byteLength
    if (bodyBytes <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  return bodyBytes > MAX_BODY_BYTES ? 'too large' : Buffer.concat(chunks)
}

/** The JSON object that a body holds; refuses any other body. */
export function objectOf(body: Body): JsonObject {
  if (body === 'too large') throw new Refusal(`the body must be at most ${MAX_BODY_BYTES} bytes`, 413)
  let value: unknown
  try {
    value = JSON.parse(UTF_8.decode(body))
  } catch {
    throw new Refusal('the body must be JSON in UTF-8')
  }
  if (!isObject(value)) throw new Refusal('the body must be a JSON object')
  return value
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text in field `name`; refuses a field that is missing, empty or no text. */
export function textOf(object: JsonObject, name: string): string {
  const value = object[name]
  if (typeof value === 'string' && value !== '') return value
  throw new Refusal(`${name} must be a text of at least one character`)
}
