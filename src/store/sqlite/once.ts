import { WillcallError } from '../../core/errors.ts'
import { conflict, MAX_ONCE_KEYS, takenOf } from '../once-memory.ts'
import type { Once } from '../store.ts'
import type { Session } from './session.ts'

/** Keys that are forgotten at once. */
const MAX_FORGOTTEN = 1_000

interface OnceRow {
  readonly content: string
  readonly numbers: string
  readonly living: number
  readonly ends_at: number | null
}

/** The numbers of the jobs that hold this key, if its content is the same; throws `conflict` if it is another. */
export function numbersOf({ statements }: Session, { key, content }: Once, now: number): readonly number[] | undefined {
  const row = statements.onceByKey.get(key) as OnceRow | undefined
  if (row === undefined || (row.ends_at !== null && row.ends_at <= now)) return undefined
  if (row.content !== content) throw conflict(key)
  return JSON.parse(row.numbers) as number[]
}

/** How many of a call's jobs are there already, from before or from further up in the call; throws `conflict`. */
export function countTaken(session: Session, onces: readonly (Once | undefined)[], now: number): number {
  return takenOf(onces, (once) => numbersOf(session, once, now) !== undefined).taken
}

/** Forgets what is over, and throws `no_room` where so many more keys are too many. */
export function makeRoomForOnce(session: Session, keys: number, now: number): void {
  const forgotten = session.statements.forgetOnce.run(now, MAX_FORGOTTEN).changes
  if (session.counted().once - forgotten + keys > MAX_ONCE_KEYS) throw tooManyKeys()
  session.count('once', -forgotten)
}

/** Takes the key for these jobs, of which so many have not ended. */
export function addOnce(session: Session, once: Once, numbers: readonly number[], living: number, now: number): void {
  const endsAt = living === 0 ? now + once.forMs : null
  session.statements.addOnce.run(once.key, once.content, JSON.stringify(numbers), once.forMs, living, endsAt)
  session.count('once', 1)
}

/** A job that holds these keys has ended. */
export function endOnce({ statements }: Session, keys: string | null, now: number): void {
  for (const key of keysIn(keys)) statements.endOnce.run(now, key)
}

/** A dead job that held these keys was brought back. */
export function reviveOnce({ statements }: Session, keys: string | null): void {
  for (const key of keysIn(keys)) statements.reviveOnce.run(key)
}

const keysIn = (keys: string | null): readonly string[] => (keys === null ? [] : (JSON.parse(keys) as string[]))

const tooManyKeys = (): WillcallError =>
  new WillcallError('no_room', `the message could not be kept: ${MAX_ONCE_KEYS} once keys are remembered`)
