import { WillcallError } from '../core/errors.ts'
import { seededRandom } from './random.ts'

export interface FlakyOptions {
  /** The same seed fails the same calls. Default 1. */
  readonly seed?: number
  /** How many of all calls fail before they do anything, from 0 to 1. Default 0.3. */
  readonly rate?: number
  /** How many of all calls take effect and fail then, from 0 to 1. Default 0. */
  readonly afterRate?: number
  /** What is thrown. Default: an Error that says which call it was. */
  readonly error?: (call: number) => unknown
}

/** The same function, but some of its calls fail, picked by a seed. */
export function flaky<Parameters extends readonly unknown[], Result>(
  call: (...parameters: Parameters) => Result | Promise<Result>,
  options: FlakyOptions = {},
): (...parameters: Parameters) => Promise<Result> {
  const { seed = 1, rate = 0.3, afterRate = 0, error = (count) => new Error(`flaky: call ${count} failed`) } = options
  for (const [name, value] of Object.entries({ rate, afterRate, 'rate + afterRate': rate + afterRate })) {
    if (!(value >= 0 && value <= 1)) {
      throw new WillcallError('invalid_option', `${name} must be a number from 0 to 1, got ${value}`, { given: value })
    }
  }
  const random = seededRandom(seed)
  let calls = 0
  return async (...parameters) => {
    calls += 1
    const count = calls
    const draw = random()
    if (draw < rate) throw error(count)
    const result = await call(...parameters)
    if (draw < rate + afterRate) throw error(count)
    return result
  }
}
