/** The number in the environment variable `name`. An empty variable is as good as none. */
export function numberIn(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name]?.trim() ?? ''
  if (text === '') return undefined
  const number = Number(text)
  if (Number.isFinite(number)) return number
  throw new RangeError(`${name} must be a number, got ${JSON.stringify(text)}`)
}
