import type { JobId } from '../../core/message.ts'
import type { Call, NewJob } from '../store.ts'
import { idOf } from './job-row.ts'
import { keyOf } from './keys.ts'
import { addOnce, countTaken, makeRoomForOnce, numbersOf } from './once.ts'
import type { Session } from './session.ts'

/** Keeps a call whole, but for the jobs that are there already under their once keys; answers with the ids of all. */
export function enqueue(session: Session, call: Call): readonly JobId[] {
  const { once, onceByJob, now } = call
  const earlier = once && numbersOf(session, once, now)
  const isPlain = once === undefined && onceByJob === undefined
  const numbers = earlier ?? (isPlain ? addAll(session, call) : addOnces(session, call))
  return numbers.map((number) => idOf(session, number))
}

function addAll(session: Session, call: Call): readonly number[] {
  const numbers = call.jobs.map((job) => add(session, call, job, []))
  session.count('waiting', numbers.length)
  return numbers
}

function addOnces(session: Session, call: Call): readonly number[] {
  const { jobs, once, onceByJob = [], now } = call
  countTaken(session, onceByJob, now)
  makeRoomForOnce(session, jobs.length + 1, now)
  const ofCall = once === undefined ? [] : [once.key]
  /** By once key, the job that holds it. */
  const holders = new Map<string, number>()
  let added = 0
  const numbers = jobs.map((job, index) => {
    const own = onceByJob[index]
    const holder = own && (holders.get(own.key) ?? numbersOf(session, own, now)?.[0])
    if (holder !== undefined) return holder
    added += 1
    const number = add(session, call, job, own === undefined ? ofCall : [...ofCall, own.key])
    if (own === undefined) return number
    holders.set(own.key, number)
    addOnce(session, own, [number], 1, now)
    return number
  })
  if (once !== undefined) addOnce(session, once, numbers, added, now)
  session.count('waiting', added)
  return numbers
}

function add(session: Session, { priority, runAt, now }: Call, job: NewJob, onceKeys: readonly string[]): number {
  const { statements } = session
  const number = session.nextNumber()
  const key = keyOf(session.taskId(job.task), priority, number)
  const once = onceKeys.length === 0 ? null : JSON.stringify(onceKeys)
  const statement = runAt > now ? statements.enqueueLater : statements.enqueue
  statement.run(key, now, runAt, once, JSON.stringify(job.payload))
  return number
}
