import type { Position, TopicShape } from '../../../src/broker/broker.ts'
import { LocalBroker } from '../../../src/broker/local/local-broker.ts'
import type { Assigned, Member, Taken } from '../../../src/broker/membership.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { openSqlite, openTopics, type SqliteStore } from '../../../src/sqlite.ts'
import { openDatabase } from '../../../src/store/sqlite/file/open-database.ts'
import { aFolder } from '../../store/sqlite/folder.ts'
import { until } from '../../worker/running.ts'

export interface Opened {
  readonly store: SqliteStore
  readonly topics: LocalBroker
}

/** Topics in the file, as one process has them. */
export function opened(
  file: string,
  options: { readonly maxTopicBytes?: number; readonly clock?: Clock } = {},
): Opened {
  const { maxTopicBytes, clock } = options
  const store = openSqlite(file, clock && { clock })
  const topics = openTopics(store, maxTopicBytes === undefined ? {} : { maxTopicBytes })
  if (!(topics instanceof LocalBroker)) throw new Error('these are no local topics')
  return { store, topics }
}

/** The topic `t` in a file of its own; `open` opens the same file again, as another process does. */
export async function aFile(shape: TopicShape = {}, options: Parameters<typeof opened>[1] = {}) {
  const folder = aFolder()
  const path = folder.file('a.db')
  const all: Opened[] = []
  const open = (): Opened => {
    const one = opened(path, options)
    all.push(one)
    return one
  }
  const { store, topics } = open()
  await topics.createTopic('t', shape)
  return {
    path,
    store,
    topics,
    open,
    /** Another program's connection to it. */
    connection: () => {
      const database = openDatabase(path)
      database.pragma('busy_timeout = 2000')
      return Object.assign(database, { [Symbol.dispose]: () => void database.close() })
    },
    async [Symbol.asyncDispose]() {
      for (const one of all) await one.store[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

export const payloads = (...values: readonly unknown[]) => values.map((payload) => ({ payload }))
export const offsets = (positions: readonly Position[]): readonly number[] => positions.map(({ offset }) => offset)
export const partitions = (positions: readonly Position[]): readonly number[] =>
  positions.map(({ partition }) => partition)

/** What the member takes of the topic, by partition; it asks until it has so many. */
export async function takes(member: Member, count: number): Promise<readonly Taken[]> {
  const taken: Taken[] = []
  await until(async () => {
    taken.push(...(await member.assign()).taken)
    return taken.length >= count
  })
  return taken.toSorted((a, b) => a.assigned.partition - b.assigned.partition)
}

/** It takes the only partition of `t`. */
export async function takesOne(member: Member): Promise<Taken> {
  const [taken] = await takes(member, 1)
  if (taken === undefined) throw new Error('it took none')
  return taken
}

/** All payloads of a partition from an offset on. */
export async function readAll(member: Member, assigned: Assigned, from = 0): Promise<readonly unknown[]> {
  const all: unknown[] = []
  for (let at = from; ; ) {
    const { records, next } = await member.read(assigned, at, 100)
    if (records.length === 0) return all
    all.push(...records.map(({ json }) => JSON.parse(json) as unknown))
    at = next
  }
}
