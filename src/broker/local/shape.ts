import { WillcallError } from '../../core/errors.ts'
import { wholeNumber } from '../../core/option.ts'
import type { TopicShape } from '../broker.ts'

const MAX_PARTITIONS_OF_TOPIC = 1_000
const WEEK_MS = 604_800_000

/** A topic's shape, checked and whole. There is one replica of each. */
export interface Shape {
  readonly partitions: number
  readonly retentionMs: number
  readonly retentionBytes: number
  readonly strict: boolean
}

/** Throws `invalid_option`, and `unsupported` where more than one replica is asked for. */
export function checkedShape(shape: TopicShape): Shape {
  if (typeof shape !== 'object' || shape === null) throw refused(`it must be an object, got ${String(shape)}`, shape)
  const {
    partitions = 1,
    replicas = 1,
    retentionMs = WEEK_MS,
    retentionBytes = Infinity,
    strict = false,
    ...others
  } = shape
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw refused(`it has no field ${unknown}`, unknown)
  if (typeof strict !== 'boolean') throw refused(`strict must be true or false, got ${String(strict)}`, strict)
  if (wholeNumber('replicas', replicas, 1) !== 1) throw oneReplica(replicas)
  return {
    partitions: wholeNumber('partitions', partitions, 1, MAX_PARTITIONS_OF_TOPIC),
    retentionMs: limit('retentionMs', retentionMs),
    retentionBytes: limit('retentionBytes', retentionBytes),
    strict,
  }
}

const limit = (name: string, value: number): number =>
  value === Number.POSITIVE_INFINITY ? value : wholeNumber(name, value, 1)

/** The fields that differ, for an error. */
export function differences(one: Shape, other: Shape): readonly string[] {
  const names = ['partitions', 'retentionMs', 'retentionBytes', 'strict'] as const
  return names.filter((name) => one[name] !== other[name]).map((name) => `${name} is ${one[name]}, not ${other[name]}`)
}

const refused = (why: string, given: unknown): WillcallError =>
  new WillcallError('invalid_option', `the shape of a topic cannot be taken: ${why}`, { given })

const oneReplica = (replicas: number): WillcallError =>
  new WillcallError('unsupported', `a topic in a file has one replica, got ${replicas}`, { given: replicas })
