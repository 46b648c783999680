import path from 'node:path'
import { type SubjectKind, type SubjectName, SUBJECTS } from '../durable/subjects.ts'
import type { Needs, Place } from '../place.ts'
import type { Load } from './load-order.ts'
import type { QueueServerOrder } from './queue-server-order.ts'

export const WILLCALL = new URL('./willcall-server.ts', import.meta.url)
const BARE = new URL('./bare-server.ts', import.meta.url)
const QUEUE = new URL('./queue-server.ts', import.meta.url)

/** A server under load. */
export interface Case {
  readonly name: string
  readonly file: URL
  /** What it is started with; `answer` is the body of its 202, as JSON. */
  args(place: Place, answer: string): readonly string[]
  readonly needs: Needs
  /** Whether each answered order must have been worked. */
  readonly works: boolean
  readonly loads: Load[]
}

export const BARE_CASE: Case = {
  name: 'bare Express',
  file: BARE,
  args: (_, answer) => [answer],
  needs: {},
  works: false,
  loads: [],
}
export const MEMORY_CASE: Case = {
  name: 'willcall in memory',
  file: WILLCALL,
  args: () => [],
  needs: {},
  works: true,
  loads: [],
}
export const SQLITE_CASE: Case = {
  name: 'willcall on SQLite',
  file: WILLCALL,
  args: ({ folder }) => [path.join(folder, 'willcall.db')],
  needs: {},
  works: true,
  loads: [],
}

const PEERS: readonly SubjectName[] = ['plainjob (NORMAL)', 'BullMQ, Redis everysec', 'pg-boss']

export const CASES: readonly Case[] = [
  BARE_CASE,
  MEMORY_CASE,
  SQLITE_CASE,
  ...PEERS.map((subject): Case => {
    const needs: SubjectKind = SUBJECTS[subject]
    const args: Case['args'] = (place, answer) => {
      const order: QueueServerOrder = { subject, place, answer: JSON.parse(answer) }
      return [JSON.stringify(order)]
    }
    return { name: subject, file: QUEUE, args, needs, works: true, loads: [] }
  }),
]
