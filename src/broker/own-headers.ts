/** Names of headers that only the library writes begin so. */
export const OWN_PREFIX = 'willcall-'
/** A record that a relay has published has it: the same however often it was published, so that the receiver can drop doubles. */
export const ID_HEADER = 'willcall-id'

const written = new WeakSet<object>()

/** The headers of a record that the library publishes itself: names of its own are taken in these, and only in these. */
export function ownHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = Object.freeze({ ...headers })
  written.add(own)
  return own
}

export const areOwn = (headers: object): boolean => written.has(headers)
