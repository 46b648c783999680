import { createHmac } from 'node:crypto'
import { systemClock } from '../../src/index.ts'
import type { Bytes, HeaderLines } from './caller.ts'

/** Made for tests. */
export const SECRET = `whsec_${Buffer.alloc(32, 'secret').toString('base64')}`
export const OTHER_SECRET = `whsec_${Buffer.alloc(24, 'other').toString('base64')}`

export const nowSeconds = (): number => Math.floor(systemClock.now() / 1_000)

export interface Signing {
  readonly secret?: string
  readonly id?: string
  readonly at?: number | string
}

/** What the specification says, in its words: `{msg_id}.{timestamp}.{payload}`. */
export function signatureOf(body: Bytes, { secret = SECRET, id = 'msg_1', at = nowSeconds() }: Signing = {}): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest('base64')}`
}

/** The headers of a signed order. */
export function signed(body: Bytes, signing: Signing = {}): HeaderLines & Readonly<Record<string, string>> {
  const { id = 'msg_1', at = nowSeconds() } = signing
  return {
    'webhook-id': id,
    'webhook-timestamp': `${at}`,
    'webhook-signature': signatureOf(body, { ...signing, id, at }),
  }
}
