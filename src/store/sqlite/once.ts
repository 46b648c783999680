import { WillcallError } from '../../core/errors.ts'
import { conflict, MAX_ONCE_KEYS, takenOf } from '../once-memory.ts'
import type { Once } from '../store.ts'
import { numberOf } from './keys.ts'
import type { Session } from './session.ts'
import type { JobRow } from './statements.ts'

/** Keys that are forgotten at once. */
const MAX_FORGOTTEN = 1_000

interface OnceRow {
  readonly content: string
  readonly numbers: string
  readonly living: number
  readonly ends_at: number | null
}

/** A job and the once keys that it holds. */
type Holder = Pick<JobRow, 'key' | 'once'>

/** The numbers of the jobs that hold this key, if its content is the same; throws `conflict` if it is another. */
export function numbersOf({ statements }: Session, { key, content }: Once, now: number): readonly number[] | undefined {
  const row = statements.onceByKey.get(JSON.stringify(key)) as OnceRow | undefined
  if (row === undefined || (row.ends_at !== null && row.ends_at <= now)) return undefined
  if (row.content !== content) throw conflict(key)
  return numbersIn(row)
}

const numbersIn = ({ numbers }: OnceRow): readonly number[] => JSON.parse(numbers) as number[]

/** How many of a call's jobs are there already, from before or from further up in the call; throws `conflict`. */
export function countTaken(session: Session, onces: readonly (Once | undefined)[], now: number): number {
  return takenOf(onces, (once) => numbersOf(session, once, now) !== undefined).taken
}

/** Forgets what is over, and throws `no_room` where so many more keys are too many. */
export function makeRoomForOnce({ statements, tally }: Session, keys: number, now: number): void {
  tally.once -= statements.forgetOnce.run(now, MAX_FORGOTTEN).changes
  if (tally.once + keys > MAX_ONCE_KEYS) throw tooManyKeys()
}

/** Takes the key for these jobs, of which so many have not ended. */
export function addOnce(session: Session, once: Once, numbers: readonly number[], living: number, now: number): void {
  const { statements, tally } = session
  if (statements.onceByKey.get(JSON.stringify(once.key)) === undefined) tally.once += 1
  const endsAt = living === 0 ? now + once.forMs : null
  statements.addOnce.run(JSON.stringify(once.key), once.content, JSON.stringify(numbers), once.forMs, living, endsAt)
}

/** As it is kept with the job that holds it. */
export const onceText = (onces: readonly Once[]): string | null => (onces.length === 0 ? null : JSON.stringify(onces))

const oncesOf = ({ once }: Holder): readonly Once[] => (once === null ? [] : (JSON.parse(once) as Once[]))

/** A job has ended: a key that it was the last to hold is free again after its time. */
export function endOnce(session: Session, holder: Holder, now: number): void {
  for (const { key } of oncesOf(holder)) {
    if (isHeldBy(session, key, holder)) session.statements.endOnce.run(now, JSON.stringify(key))
  }
}

/** A dead job was brought back, and holds its keys again, unless another job has taken them since. */
export function reviveOnce(session: Session, holder: Holder, now: number): void {
  for (const once of oncesOf(holder)) {
    if (isHeldBy(session, once.key, holder)) session.statements.reviveOnce.run(JSON.stringify(once.key))
    else if (!isTaken(session, once.key, now)) addOnce(session, once, [numberOf(holder.key)], 1, now)
  }
}

function isHeldBy({ statements }: Session, key: string, { key: jobKey }: Holder): boolean {
  const row = statements.onceByKey.get(JSON.stringify(key)) as OnceRow | undefined
  return row !== undefined && numbersIn(row).includes(numberOf(jobKey))
}

function isTaken({ statements }: Session, key: string, now: number): boolean {
  const row = statements.onceByKey.get(JSON.stringify(key)) as OnceRow | undefined
  return row !== undefined && (row.ends_at === null || row.ends_at > now)
}

const tooManyKeys = (): WillcallError =>
  new WillcallError('no_room', `the message could not be kept: ${MAX_ONCE_KEYS} once keys are remembered`)
