import { HIGHEST_PRIORITY } from '../ready-jobs.ts'

/**
 * The key of a job is (task × 16 + 15 - priority) × 2^39 + number: so the key alone is the order in which the jobs of a task run, and no
 * index has to be kept for it. Numbers are counted over the whole file.
 */
const NUMBERS = 2 ** 39
/** No job has a higher one. */
export const LAST_NUMBER: number = NUMBERS - 1
const PRIORITIES = HIGHEST_PRIORITY + 1
/** So that every key is a whole number that JavaScript can hold. */
export const MAX_TASKS = 1_024

/** Keys from `first` up to, and without, `end`. */
export interface KeyRange {
  readonly first: number
  readonly end: number
}

const laneOf = (task: number, priority: number): number => task * PRIORITIES + HIGHEST_PRIORITY - priority

export const keyOf = (task: number, priority: number, number: number): number =>
  laneOf(task, priority) * NUMBERS + number

export const numberOf = (key: number): number => key % NUMBERS

export const taskOf = (key: number): number => Math.floor(key / NUMBERS / PRIORITIES)

export const priorityOf = (key: number): number => HIGHEST_PRIORITY - (Math.floor(key / NUMBERS) % PRIORITIES)

/** All jobs of a task, the highest priority first. */
export const rangeOfTask = (task: number): KeyRange => ({
  first: laneOf(task, HIGHEST_PRIORITY) * NUMBERS,
  end: laneOf(task + 1, HIGHEST_PRIORITY) * NUMBERS,
})

/** For each priority of a task its jobs that were sent after the one of this number. */
export const lanesOfTask = (task: number, after: number): readonly KeyRange[] =>
  Array.from({ length: PRIORITIES }, (_, priority) => ({
    first: keyOf(task, priority, after + 1),
    end: (laneOf(task, priority) + 1) * NUMBERS,
  }))

/** What the key of this number may be, by priority. */
export const keysOfNumber = (task: number, number: number): readonly number[] =>
  Array.from({ length: PRIORITIES }, (_, priority) => keyOf(task, priority, number))

/** The keys as ranges without a gap, so that one statement is enough for jobs that were sent one after the other. */
export function rangesOf(keys: readonly number[]): readonly (readonly [first: number, last: number])[] {
  const ranges: [number, number][] = []
  for (const key of keys.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range !== undefined && range[1] === key - 1) range[1] = key
    else ranges.push([key, key])
  }
  return ranges
}
