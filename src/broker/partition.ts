const encoder = new TextEncoder()
/** Most bytes of UTF-8 that one UTF-16 code unit can have. */
const MAX_UNIT_BYTES = 3
/** Where a key is encoded: nothing is allocated for one of up to 1,000 code units, the longest that a record can have. */
const shared = new Uint8Array(1_000 * MAX_UNIT_BYTES)

/** Of murmur2: its multiplier, and the seed that Kafka gives it. */
const MULTIPLIER = 0x5bd1e995
const SEED = 0x9747b28c

/** The partition of a key among `count`, as every client of Kafka has it: murmur2 of its UTF-8, without the sign. */
export function partitionOf(key: string, count: number): number {
  const fits = key.length * MAX_UNIT_BYTES <= shared.length
  const bytes = fits ? shared : encoder.encode(key)
  const length = fits ? encoder.encodeInto(key, shared).written : bytes.length
  return (murmur2(bytes, length) & 0x7fffffff) % count
}

/** A. Appleby's MurmurHash2 of 32 bits, of the first `length` bytes, as `org.apache.kafka.common.utils.Utils.murmur2` has it. */
function murmur2(bytes: Uint8Array, length: number): number {
  const at = (index: number): number => bytes[index] as number
  const whole = length & ~3
  let hash = SEED ^ length
  for (let index = 0; index < whole; index += 4) {
    let word = at(index) | (at(index + 1) << 8) | (at(index + 2) << 16) | (at(index + 3) << 24)
    word = Math.imul(word, MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word ^ (word >>> 24), MULTIPLIER)
  }
  if (whole < length) {
    for (let index = length - 1; index >= whole; index -= 1) hash ^= at(index) << (8 * (index - whole))
    hash = Math.imul(hash, MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}
