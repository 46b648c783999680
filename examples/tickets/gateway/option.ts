import { inspect } from 'node:util'

/** An hour. */
export const MAX_MS = 3_600_000
/** The longest piece of a wrong text that becomes part of an error, in UTF-16 code units. */
const MAX_GIVEN = 50

/** Returns `value` where it is a share of all, and says what is wrong with it where it is not. */
export function rate(name: string, value: number): number {
  if (value >= 0 && value <= 1) return value
  throw new RangeError(`the rate of "${name}" must be from 0 to 1, got ${value}`)
}

/** Returns `value` where it is a duration of at most MAX_MS, and says what is wrong with it where it is not. */
export function milliseconds(name: string, value: unknown, least = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= MAX_MS) return value
  const given = inspect(value, { depth: 0, maxArrayLength: 1, maxStringLength: MAX_GIVEN, breakLength: Infinity })
  throw new RangeError(`${name} must be a whole number from ${least} to ${MAX_MS}, got ${given}`)
}
