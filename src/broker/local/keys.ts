/**
 * The key of a record is partition × 2^40 + offset, where partitions are numbered over the whole file: so what is read and what is
 * deleted is a range of one tree, and every key is a whole number that JavaScript can hold.
 */
const OFFSETS = 2 ** 40
/** Of all topics in a file. */
export const MAX_PARTITIONS = 8_192
/** No partition has more records than these. */
export const MAX_OFFSET: number = OFFSETS - 1

export const keyOf = (partition: number, offset: number): number => partition * OFFSETS + offset

export const offsetIn = (key: number): number => key % OFFSETS
