import type { JobId } from '../../core/message.ts'
import type { Call, Once } from '../store.ts'
import { claimedJob, type ClaimedJob, idOf } from './job-row.ts'
import { keyOf } from './keys.ts'
import { addOnce, countTaken, makeRoomForOnce, numbersOf, onceText } from './once.ts'
import type { Session } from './session.ts'

/** A call with its payloads as they are kept. */
export interface WrittenCall extends Call {
  readonly texts: readonly string[]
}

/** Written now: what the caller changes afterwards is not sent. */
export const writtenCall = (call: Call): WrittenCall => ({
  ...call,
  texts: call.jobs.map(({ payload }) => JSON.stringify(payload)),
})

/** Who may take new jobs into work at once, as if they had been claimed. */
export interface Taker {
  /** The owner of a new job of this task; undefined where it has to wait for a claim. */
  ownerFor(session: Session, task: string): number | undefined
  /** This one is the owner's once the transaction is committed. */
  took(session: Session, job: ClaimedJob): void
  /** One waits. */
  waits(task: string, runAt: number, now: number): void
}

/** Keeps a call whole, but for the jobs that are there already under their once keys; answers with the ids of all. */
export function enqueue(session: Session, call: WrittenCall, taker: Taker): readonly JobId[] {
  const { once, onceByJob, now } = call
  const earlier = once && numbersOf(session, once, now)
  const isPlain = once === undefined && onceByJob === undefined
  const numbers = earlier ?? (isPlain ? addAll(session, call, taker) : addOnces(session, call, taker))
  return numbers.map((number) => idOf(session, number))
}

function addAll(session: Session, call: WrittenCall, taker: Taker): readonly number[] {
  return call.jobs.map((_, index) => add(session, call, index, taker, []))
}

function addOnces(session: Session, call: WrittenCall, taker: Taker): readonly number[] {
  const { jobs, once, onceByJob = [], now } = call
  countTaken(session, onceByJob, now)
  makeRoomForOnce(session, jobs.length + 1, now)
  const ofCall = once === undefined ? [] : [once]
  /** By once key, the job that holds it. */
  const holders = new Map<string, number>()
  let added = 0
  const numbers = jobs.map((_, index) => {
    const own = onceByJob[index]
    const holder = own && (holders.get(own.key) ?? numbersOf(session, own, now)?.[0])
    if (holder !== undefined) return holder
    added += 1
    const number = add(session, call, index, taker, own === undefined ? ofCall : [...ofCall, own])
    if (own === undefined) return number
    holders.set(own.key, number)
    addOnce(session, own, [number], 1, now)
    return number
  })
  if (once !== undefined) addOnce(session, once, numbers, added, now)
  return numbers
}

function add(session: Session, call: WrittenCall, index: number, taker: Taker, onces: readonly Once[]): number {
  const { tally } = session
  const { priority, runAt, now, jobs, texts } = call
  const task = jobs[index]?.task ?? ''
  const payload = texts[index] ?? ''
  const number = session.nextNumber()
  const key = keyOf(session.tasks.idOf(task), priority, number)
  const once = onceText(onces)
  if (runAt > now) {
    session.statements.enqueueLater.run(key, now, runAt, once, payload)
    tally.waiting += 1
    taker.waits(task, runAt, now)
    return number
  }
  const owner = taker.ownerFor(session, task)
  session.inserts.add(key, now, runAt, once, owner ?? null, payload)
  if (owner === undefined) {
    tally.waiting += 1
    taker.waits(task, runAt, now)
  } else {
    tally.running += 1
    const row = { key, sent_at: now, run_at: runAt, deaths: 0, tries: null, once, payload }
    taker.took(session, claimedJob(session, row, owner))
  }
  return number
}
