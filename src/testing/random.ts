import { wholeNumber } from '../core/option.ts'

/** The largest seed: the generator's state has 32 bits. */
const MAX_SEED = 2 ** 32 - 1

/**
 * A source of numbers, uniform in [0, 1): the same seed gives the same numbers, on any machine.
 * For tests and fakes, never for secrets. Mulberry32 by Tommy Ettinger, public domain:
 * https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */
export function seededRandom(seed: number): () => number {
  let state = wholeNumber('seed', seed, 0, MAX_SEED)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
