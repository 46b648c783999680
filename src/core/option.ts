import { WillcallError } from './errors.ts'

/** Returns `value` where it is a whole number in the range, and says what is wrong with it where it is not. */
export function wholeNumber(
  name: string,
  value: number,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw new WillcallError('invalid_option', `${name} must be a whole number ${range}, got ${String(value)}`, {
    given: value,
  })
}
