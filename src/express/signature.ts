import { hash, timingSafeEqual } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Clock } from '../core/clock.ts'
import { WillcallError } from '../core/errors.ts'
import { RefusedError } from './refused-error.ts'
import type { HttpRequest } from './request.ts'

/** How far a `webhook-timestamp` may be from now, in either direction. */
const TOLERANCE_SECONDS = 300
/** Most secrets of one webhook: an order that nobody has signed is hashed once for each. */
const MAX_SECRETS = 10

const SECRET_PREFIX = 'whsec_'
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/
/** Without a full stop, which ends the id in what is signed: with one, two contents could have one signature. */
const ID = /^[\x21-\x2d\x2f-\x7e]{1,255}$/
const SECONDS = /^(?:0|[1-9]\d{0,11})$/

/** What the package `standardwebhooks` gives: the signature, as `v1,` and base64. */
interface Signer {
  sign(id: string, at: Date, content: Buffer): string
}

interface StandardWebhooks {
  readonly Webhook: new (secret: string) => Signer
}

/** What an order says of its signature, which nobody has verified yet. */
export interface Claim {
  readonly id: string
  readonly at: Date
  readonly signatures: readonly string[]
}

/**
 * Signatures as https://www.standardwebhooks.com says, `v1`. The package's own `verify` reads the system's clock; so its `sign`
 * tells what the signature must be, and time and equality are told here.
 */
export class Signatures {
  readonly #signers: readonly { readonly signer: Signer; readonly name: string }[]
  readonly #clock: Clock

  constructor(secret: unknown, clock: Clock, load: NodeJS.Require = createRequire(import.meta.url)) {
    const secrets = secretsOf(secret)
    const { Webhook } = standardWebhooks(load)
    this.#signers = secrets.map((each) => ({ signer: new Webhook(each), name: hash('sha256', each, 'base64url') }))
    this.#clock = clock
  }

  /** Refuses what lacks one of the headers, and what is too old or from the future. */
  claimOf({ headers }: HttpRequest): Claim {
    const id = headers['webhook-id']
    const timestamp = headers['webhook-timestamp']
    const signature = headers['webhook-signature']
    if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') throw unsigned()
    if (!ID.test(id)) throw unauthorized('the webhook-id must be 1 to 255 visible ASCII characters without a full stop')
    if (!SECONDS.test(timestamp)) throw unauthorized('the webhook-timestamp must be whole seconds since 1970')
    const at = new Date(Number(timestamp) * 1_000)
    if (Math.abs(Number(timestamp) - Math.floor(this.#clock.now() / 1_000)) > TOLERANCE_SECONDS) throw untimely()
    return { id, at, signatures: signature.split(' ') }
  }

  /** Refuses what none of the secrets has signed; answers with a name for the one that has, which does not tell it. */
  verify({ id, at, signatures }: Claim, content: Buffer): string {
    const given = signatures.map((signature) => Buffer.from(signature))
    const signed = this.#signers.find(({ signer }) => {
      const expected = Buffer.from(signer.sign(id, at, content))
      return given.some((each) => each.length === expected.length && timingSafeEqual(each, expected))
    })
    if (signed === undefined) throw unauthorized('the webhook-signature is not one of this order')
    return signed.name
  }
}

/** What is wrong with a secret is told without the secret. */
function secretsOf(secret: unknown): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  if (secrets.length === 0 || secrets.length > MAX_SECRETS) {
    throw invalid(`secret must be 1 to ${MAX_SECRETS} secrets, got ${secrets.length}`)
  }
  return secrets.map((each, index) => {
    if (typeof each === 'string' && isSecret(each)) return each
    const which = secrets.length === 1 ? 'it' : `number ${index + 1}`
    throw invalid(
      `secret must be base64, with or without ${SECRET_PREFIX} before it; ${which} is not, and is not shown`,
    )
  })
}

function isSecret(text: string): boolean {
  const key = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : text
  return key !== '' && BASE64.test(key)
}

function standardWebhooks(load: NodeJS.Require): StandardWebhooks {
  try {
    return load('standardwebhooks') as StandardWebhooks
  } catch (cause) {
    const why = 'signatures cannot be verified: the package standardwebhooks could not be loaded; install it'
    throw new WillcallError('unsupported', why, { cause })
  }
}

const invalid = (why: string): WillcallError => new WillcallError('invalid_option', why)

const unauthorized = (why: string): RefusedError => new RefusedError(why, { status: 401 })

const unsigned = (): RefusedError =>
  unauthorized('the request must be signed: with webhook-id, webhook-timestamp and webhook-signature')

const untimely = (): RefusedError =>
  unauthorized(`the webhook-timestamp must be at most ${TOLERANCE_SECONDS / 60} minutes away from now`)
