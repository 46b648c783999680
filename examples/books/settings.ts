import { addressIn, textIn, wholeIn } from '../shared/environment.ts'

const DEFAULT_PORT = 8_080
const DEFAULT_DATABASE = 'books.db'
const DEFAULT_CALL_TIMEOUT_MS = 10_000
/** Less than the 60 s that an attempt may take: a call that takes too long is the gateway's failure. */
const MAX_CALL_TIMEOUT_MS = 50_000

export interface Settings {
  readonly port: number
  /** The path of the file that books and records are kept in. */
  readonly database: string
  /** Without it a fake gateway is asked. */
  readonly openLibraryAddr: string | undefined
  readonly callTimeoutMs: number
  readonly retryGateway: boolean
}

/**
 * `PORT` (8080), `DATABASE` (books.db), `OPENLIBRARY_ADDR`, `CALL_TIMEOUT_MS` (10,000) and `RETRY_GATEWAY` (0), checked. Whether
 * `DATABASE` can be opened is known once it is.
 */
export function settingsIn(env: NodeJS.ProcessEnv): Settings {
  return {
    port: wholeIn(env, 'PORT', 0, 65_535) ?? DEFAULT_PORT,
    database: textIn(env, 'DATABASE') ?? DEFAULT_DATABASE,
    openLibraryAddr: addressIn(env, 'OPENLIBRARY_ADDR'),
    callTimeoutMs: wholeIn(env, 'CALL_TIMEOUT_MS', 1, MAX_CALL_TIMEOUT_MS) ?? DEFAULT_CALL_TIMEOUT_MS,
    retryGateway: wholeIn(env, 'RETRY_GATEWAY', 0, 1) === 1,
  }
}
