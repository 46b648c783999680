import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import type { Clock, Timer } from '../core/clock.ts'
import { RefusedError } from './refused-error.ts'
import { type HttpRequest, lengthOf } from './request.ts'
import type { Turn } from './turn.ts'

/** Chunks kept one by one, at most; each costs far more memory than the byte that may be in it. */
const MAX_CHUNKS = 1_000

export interface BodyLimits {
  /** Most bytes of a body, as it is sent and as it is once inflated. */
  readonly maxBytes: number
  /** How long a body may take to arrive. */
  readonly bodyMs: number
  readonly clock: Clock
  readonly turn: Turn
}

/** Resolves with what was sent, inflated. */
export type ReadBody = () => Promise<Buffer>

type Inflate = (sent: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>

const INFLATERS: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

/** Refuses at once what the headers tell to be too large or encoded otherwise; the body itself is not touched before the call. */
export function bodyOf(request: HttpRequest, limits: BodyLimits): ReadBody {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase()
  const inflateBody = INFLATERS.get(encoding)
  if (inflateBody === undefined && encoding !== 'identity') throw unknownEncoding()
  if ((lengthOf(request) ?? 0) > limits.maxBytes) throw tooLarge(limits)
  if (inflateBody === undefined) return () => received(request, limits)
  return async () => inflated(await received(request, limits), inflateBody, limits)
}

/** Stops at the first byte too many, or when the time is over; the rest is then still to come. */
function received(request: HttpRequest, limits: BodyLimits): Promise<Buffer> {
  const { maxBytes, bodyMs, clock, turn } = limits
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const chunks: Buffer[] = []
    let bytes = 0
    let isLeft = false
    let timer: Timer | undefined
    const leave = (): void => {
      isLeft = true
      timer?.cancel()
      request.off('data', take).off('end', end).off('error', fail).off('close', breakOff)
    }
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > maxBytes) return fail(tooLarge(limits))
      if (chunks.push(chunk) === MAX_CHUNKS) pieces.push(Buffer.concat(chunks.splice(0)))
    }
    const end = (): void => {
      leave()
      resolve(
        chunks.length === 1 && pieces.length === 0 ? (chunks[0] as Buffer) : Buffer.concat([...pieces, ...chunks]),
      )
    }
    const fail = (error: Error): void => {
      leave()
      reject(error instanceof RefusedError ? error : unreadable(error))
    }
    const breakOff = (): void => fail(unreadable(undefined))
    if (request.destroyed) return breakOff()
    request.on('data', take).on('end', end).on('error', fail).on('close', breakOff)
    // Most bodies come with their headers, and need no timer.
    void turn.end().then(() => {
      if (!isLeft) timer = clock.after(bodyMs, () => fail(tooSlow(limits)))
    })
  })
}

/** Stops inflating at the limit. */
async function inflated(sent: Buffer, inflateBody: Inflate, limits: BodyLimits): Promise<Buffer> {
  try {
    return await inflateBody(sent, { maxOutputLength: limits.maxBytes })
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(limits) : unreadable(error)
  }
}

/** Keeps a byte-order mark, which is no JSON. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Refuses bytes that are no UTF-8. */
export function textOf(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes)
  } catch (cause) {
    const why = `the body must be JSON in UTF-8: it has bytes that are no UTF-8 at byte ${wrongByte(bytes)}`
    throw new RefusedError(why, { cause })
  }
}

/** Where the first U+FFFD of the decoded text stands for bytes that are something else. */
function wrongByte(bytes: Buffer): number {
  const text = bytes.toString()
  let byte = 0
  let from = 0
  for (;;) {
    const at = text.indexOf('\ufffd', from)
    byte += Buffer.byteLength(text.slice(from, at))
    if (!bytes.subarray(byte, byte + REPLACEMENT.length).equals(REPLACEMENT)) return byte
    byte += REPLACEMENT.length
    from = at + 1
  }
}

const REPLACEMENT = Buffer.from('\ufffd')

const tooLarge = ({ maxBytes }: BodyLimits): RefusedError =>
  new RefusedError(`the body must have at most ${maxBytes} bytes, and so must what it inflates to`, { status: 413 })

const tooSlow = ({ bodyMs }: BodyLimits): RefusedError =>
  new RefusedError(`the body must arrive within ${bodyMs} ms`, { status: 408 })

const unknownEncoding = (): RefusedError =>
  new RefusedError('the Content-Encoding must be gzip, deflate, br or identity', { status: 415 })

const unreadable = (cause: unknown): RefusedError =>
  new RefusedError('the body could not be read: it is cut off, or not encoded as its Content-Encoding says', { cause })
