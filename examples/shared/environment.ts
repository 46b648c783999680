// An empty variable is as good as none.

/** The text in the environment variable `name`, without space around it. */
export function textIn(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name]?.trim() ?? ''
  return text === '' ? undefined : text
}

/** The number in the environment variable `name`. */
export function numberIn(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = textIn(env, name)
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isFinite(number)) return number
  throw new RangeError(`${name} must be a number, got ${JSON.stringify(text)}`)
}

/** The whole number in the environment variable `name`. */
export function wholeIn(env: NodeJS.ProcessEnv, name: string, least: number, most: number): number | undefined {
  const value = numberIn(env, name)
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return value
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, got ${value}`)
}

/** The http or https URL in the environment variable `name`. */
export function addressIn(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = textIn(env, name)
  if (text === undefined || /^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text
  throw new TypeError(`${name} must be an http or https URL, got ${JSON.stringify(text)}`)
}
