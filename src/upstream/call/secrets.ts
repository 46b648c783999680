import type { CallRequest } from './request.ts'
import { isSecretName } from './secret-name.ts'

/** Most secrets that are looked for. */
const MAX_SECRETS = 100
/** A shorter credential is no secret, and would be found everywhere. In UTF-16 code units. */
const MIN_CREDENTIAL = 4
/** The same for the value of a cookie or of the query, which may be any word. */
const MIN_VALUE = 6

/** What a request carries that may not be told: its credentials, and the values of its cookies and its query. Longest first. */
export function secretsOf({ url, headers }: Pick<CallRequest, 'url' | 'headers'>): readonly string[] {
  const secrets = new Set<string>()
  const add = (least: number, values: readonly string[]): void => {
    for (const value of values) if (value.length >= least) secrets.add(value)
  }
  for (const [name, value] of headers) {
    if (/cookie/i.test(name)) add(MIN_VALUE, valuesOf(value, ';'))
    else if (isSecretName(name) || isKeyHeader(name)) add(MIN_CREDENTIAL, credentialsIn(value))
  }
  const { username = '', password = '', search = /\?[^#]*/.exec(url)?.[0] ?? '' } = URL.parse(url) ?? {}
  add(MIN_CREDENTIAL, [username, password].flatMap(spellings))
  add(MIN_VALUE, valuesOf(search.slice(1), '&'))
  return [...secrets].sort((one, other) => other.length - one.length).slice(0, MAX_SECRETS)
}

/** `Ocp-Apim-Subscription-Key` and every other; the key of an idempotent call opens nothing. */
const isKeyHeader = (name: string): boolean => /(?:^|-)key$/i.test(name) && !/idempotency-key$/i.test(name)

/** The whole; after its scheme the token; each of its parameters; user and password where it is Basic. */
function credentialsIn(value: string): readonly string[] {
  const [scheme = '', ...rest] = value.split(' ')
  const token = rest.join(' ').trim()
  const parameters = [...value.matchAll(/=\s*"?([^",;\s]+)/g)].map(([, parameter = '']) => parameter)
  const pair = /^basic$/i.test(scheme) ? Buffer.from(token, 'base64').toString() : ''
  const colon = pair.indexOf(':')
  return [value, token, ...parameters, pair, pair.slice(0, Math.max(0, colon)), pair.slice(colon + 1)]
}

/** Those of `name=value` pairs; a piece without a name is a value. */
const valuesOf = (pairs: string, separator: string): readonly string[] =>
  pairs
    .split(separator)
    .map((pair) => pair.slice(pair.indexOf('=') + 1).replace(/^[\s"]+|[\s"]+$/g, ''))
    .flatMap(spellings)

/** As it is written in a URL, and as it is meant. */
const spellings = (value: string): readonly string[] => [
  value,
  new URLSearchParams(`v=${value.replaceAll('&', '%26')}`).get('v') ?? '',
]
