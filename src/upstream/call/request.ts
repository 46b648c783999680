/** Longest piece of a URL in an error, in UTF-16 code units. */
const MAX_URL = 500

/** What is asked for, as far as its outcome depends on it. */
export interface CallRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
}

/** Whether asking for it twice is no more than asking for it once, as far as that can be told (RFC 9110, section 9.2.2). */
export const isRepeatable = ({ method, headers }: CallRequest): boolean =>
  !/^(?:POST|PATCH)$/i.test(method) || (headers.get('idempotency-key') ?? '') !== ''

/** Without user, password, query and fragment. */
export function bareUrl(url: string): string {
  const parsed = URL.parse(url)
  const bare = parsed === null ? url.replace(/[?#][^]*$/, '').replace(/\/\/[^/]*@/, '//') : bareOf(parsed)
  return bare.length > MAX_URL ? `${bare.slice(0, MAX_URL - 1)}…` : bare
}

const bareOf = ({ protocol, host, pathname }: URL): string => `${protocol}${host === '' ? '' : '//'}${host}${pathname}`
