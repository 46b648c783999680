import { hash } from 'node:crypto'
import type { OnceKey } from '../core/task.ts'
import { RefusedError } from './refused-error.ts'
import { type HttpRequest, pathOf } from './request.ts'

/** 1 to 255 characters of visible ASCII. Two such headers come joined by a comma and a blank, which is none. */
const KEY = /^[\x21-\x7e]{1,255}$/

/** The caller's own name for this order, or undefined where it gave none and may. */
export function idempotencyKeyOf({ headers }: HttpRequest, isRequired: boolean): string | undefined {
  const key = headers['idempotency-key'] as string | undefined
  if (key === undefined ? !isRequired : KEY.test(key)) return key
  const what = key === undefined ? 'request must have an Idempotency-Key:' : 'Idempotency-Key must be'
  throw new RefusedError(`the ${what} one text of 1 to 255 visible ASCII characters`)
}

/** The same key means the same order only at the same path, as Express tells paths apart; hashed, since it may be long. */
export function onceOf(request: HttpRequest, key: string, content: string): OnceKey {
  const route = plainPathOf(request).toLowerCase().replace(/\/+$/, '')
  return { key: `${hash('sha256', route, 'base64url')} ${key}`, content }
}

/** However it is spelled: as a whole URL, with a fragment, percent-encoded. */
function plainPathOf(request: HttpRequest): string {
  const path = pathOf(request)
  const plain = URL.parse(path, 'http://a')?.pathname ?? path
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}
