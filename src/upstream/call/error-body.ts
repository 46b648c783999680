import type { Clock } from '../../core/clock.ts'
import type { BodyPiece } from './failed-call.ts'

/** So much of an error's body is read, in bytes: 16 KiB. */
const MAX_BYTES = 16_384
/** And for so long, in milliseconds. */
const MAX_MS = 10_000

/** The beginning of an answer's body, as far as it came; it never fails. The rest is not read, so that its socket is free. */
export async function errorBody({ body, headers }: Response, clock: Clock): Promise<BodyPiece | undefined> {
  if (body === null || body.locked) return undefined
  const decoder = decoderOf(headers.get('content-type') ?? '')
  const reader = body.getReader()
  let text = ''
  let isCut = false
  const cut = (): void => {
    isCut = true
    reader.cancel().catch(() => {})
  }
  const timer = clock.after(MAX_MS, cut)
  try {
    for (let left = MAX_BYTES; ; ) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value.subarray(0, left), { stream: true })
      left -= value.length
      if (left < 0) {
        cut()
        break
      }
    }
  } catch {
    isCut = true
  }
  timer.cancel()
  return { text: isCut ? text : text + decoder.decode(), isCut }
}

function decoderOf(contentType: string): InstanceType<typeof TextDecoder> {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType) ?? []
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
