import assert from 'node:assert/strict'
import type { Broker, BrokerFeature, NewRecord, SubscribeOptions, TopicShape } from '../broker/broker.ts'
import { systemClock } from '../core/clock.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'

/** One promise of a broker. */
export interface BrokerCase {
  readonly name: string
  /** Without this feature the promise cannot be kept. */
  readonly needs?: BrokerFeature
  run(house: BrokerHouse): Promise<void>
}

/** What an engine gives to a case: data that nobody else uses, and who works with them. */
export interface BrokerHouse {
  /** Another broker on the same data, as another process would have it. */
  open(): Promise<Broker>
  /** Closes it, and opens what it has kept anew. */
  reopen(broker: Broker): Promise<Broker>
  /** The name of a topic or a group that no other case has. */
  name(text: string): string
  /** A member in a process of its own, which runs `liveAsMember`. */
  startMember(order: MemberOrder): Promise<MemberProcess>
  /** For `transactions`: the caller's own connection to where the data are. It may write to a table `book` with a unique `title`. */
  database(): SqliteDatabase
}

/** What the handler of a process does with a record: it never returns, ends its own process by SIGKILL, or throws. */
export type Fate = 'hangs' | 'kills' | 'throws'

export interface MemberOrder
  extends Pick<
    SubscribeOptions,
    'group' | 'topics' | 'order' | 'concurrency' | 'timeoutMs' | 'retry' | 'maxDeaths' | 'graceMs' | 'deadlineMs'
  > {
  /** What becomes of the records with these numbers. Default: they are handled. */
  readonly fates?: Readonly<Record<number, Fate>>
  /** How long a handler takes at most. Default 0: it returns at once. */
  readonly takesMs?: number
}

/** What has become of a record at a member. */
export interface MemberFact {
  /** `began` and `done` are told by the handler. `committed`: it was done, and that outlives the process. */
  readonly fact: 'began' | 'done' | 'committed'
  readonly n: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key?: string | undefined
  readonly attempt: number
  /** In milliseconds, by a clock that all processes of this machine share and that never goes back. */
  readonly atMs: number
}

/** A member in a process of its own. It dies with its case at the latest. */
export interface MemberProcess extends AsyncDisposable {
  readonly pid: number
  /** All that it has told. */
  readonly facts: readonly MemberFact[]
  /** As `kill -9`: it can do nothing more, and all that it has told is heard. */
  kill(): Promise<void>
  /** Stops it as its signal would. */
  stop(): Promise<void>
  /** Resolves once it has ended, by whatever. */
  ended(): Promise<void>
}

/** The payload of most cases. */
export interface Numbered {
  readonly n: number
}

/** What does not come by then will not come. */
const LONGEST_MS = 30_000
/** Between two looks at a fact, so that processes beside this one can go on. */
const LOOK_MS = 2

export const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve))

/** Resolves once the fact is there. */
export async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  const longest = systemClock.elapsed() + LONGEST_MS
  while (!(await fact())) {
    if (systemClock.elapsed() > longest) throw new Error(`this has not come true in ${LONGEST_MS} ms: ${String(fact)}`)
    await pause(LOOK_MS)
  }
}

/** Attempts without end and nearly without a wait. */
export const AT_ONCE = { attempts: 1_000_000, minMs: 1, maxMs: 5 } as const

/** A broker with a topic, and the name of a group. */
export async function setting(
  house: BrokerHouse,
  shape: TopicShape = {},
): Promise<{ readonly broker: Broker; readonly topic: string; readonly group: string }> {
  const broker = await house.open()
  const topic = house.name('topic')
  await broker.createTopic(topic, shape)
  return { broker, topic, group: house.name('group') }
}

export const upTo = (count: number, from = 1): readonly number[] => Array.from({ length: count }, (_, n) => n + from)

type RecordChange = Omit<NewRecord, 'payload'>

/** Records with these numbers, and what else each of them has. */
export const numbered = (
  numbers: readonly number[],
  change: RecordChange | ((n: number) => RecordChange) = {},
): readonly NewRecord<Numbered>[] =>
  numbers.map((n) => ({ payload: { n }, ...(typeof change === 'function' ? change(n) : change) }))

export const byNumber = (one: number, other: number): number => one - other
export const sorted = (numbers: readonly number[]): readonly number[] => numbers.toSorted(byNumber)
export const code = (expected: string): { readonly code: string } => ({ code: expected })

/** Where the group is in a partition; 0 where it has not begun. */
export async function offsetOf(broker: Broker, group: string, topic: string, partition = 0): Promise<number> {
  const positions = await broker.offsets(group)
  return positions.find((position) => position.topic === topic && position.partition === partition)?.offset ?? 0
}

/** Resolves once all of the partition before this offset is done or dead, and that is committed. */
export const committed = (broker: Broker, group: string, topic: string, offset: number, partition = 0): Promise<void> =>
  until(async () => (await offsetOf(broker, group, topic, partition)) >= offset)

/** Asserts that each has been there, in no order and none twice. */
export const assertEach = (numbers: readonly number[], expected: readonly number[]): void =>
  assert.deepEqual(sorted(numbers), sorted(expected))
