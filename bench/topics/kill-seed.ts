import type { Broker, Lag } from '../../src/broker/broker.ts'
import { systemClock } from '../../src/index.ts'
import { openSqlite, openTopics } from '../../src/sqlite.ts'
import { doneOf, inWork, outOfOrder, unexplained } from '../../src/testing/broker-history.ts'
import { type MemberFact, type MemberOrder, seededRandom } from '../../src/testing/index.ts'
import { aMember, aPublisher } from '../../test/broker/processes/orders.ts'
import type { Told } from '../../test/broker/processes/told.ts'

const TOPIC = 'orders'
const MEMBER: MemberOrder = { group: 'members', topics: [TOPIC], concurrency: 10, takesMs: 20 }
export const PARTITIONS = 6
const PUBLISHERS = 2
/** The numbers of one publisher begin so far after those of the one before. */
const NUMBERS = 10_000_000
const PUBLISHING = { topic: TOPIC, keys: 25, recordsOfCall: 10, restMs: 8 } as const
/** A kill comes up to so long after both members were seen at work. */
const MAX_PAUSE_MS = 500
/** What does not come by then will not come. */
const LONGEST_MS = 60_000
const LOOK_MS = 5
const NS_PER_MS = 1_000_000

type Member = Told<MemberFact>

export interface SeedResult {
  readonly acknowledged: number
  /** Acknowledged, and never done. */
  readonly lost: readonly number[]
  /** Begun before an earlier one of their key was done. */
  readonly outOfOrder: number
  /** Positions that were seen lower than before, of so many that were seen. */
  readonly wentBack: number
  readonly looks: number
  /** In a handler at a kill. */
  readonly inWork: number
  /** Handlers that were called again. */
  readonly again: number
  /** Of these, what was in a handler at a kill; the others had returned, and it was not told yet that this is committed. */
  readonly againInWork: number
  /** What was called again, and had no such cause. */
  readonly unexplained: number
  /** For each kill, from it until the first handler was called in the last of the partitions that the member held. */
  readonly takeoverMs: readonly number[]
}

const nowMs = (): number => Number(process.hrtime.bigint()) / NS_PER_MS
const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve))

/** `what` is told where the fact does not come. */
async function until(what: () => string, fact: () => boolean | Promise<boolean>): Promise<void> {
  const longest = systemClock.elapsed() + LONGEST_MS
  while (!(await fact())) {
    if (systemClock.elapsed() > longest) throw new Error(`this has not come true in ${LONGEST_MS} ms: ${what()}`)
    await pause(LOOK_MS)
  }
}

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const isBegun = ({ fact }: MemberFact): boolean => fact === 'began'
const placeOf = ({ partition, offset }: MemberFact): string => `${partition} ${offset}`

/** Two members and two publishers, processes all of them; again and again one of the members is killed and another one started. */
export async function killSeed(path: string, seed: number, kills: number): Promise<SeedResult> {
  await using store = openSqlite(path)
  const broker = openTopics(store)
  await broker.createTopic(TOPIC, { partitions: PARTITIONS })
  await using all = new AsyncDisposableStack()
  const live = (): Member => all.use(aMember({ path, member: MEMBER }))
  const members = [live(), live()]
  const publishers = range(1, PUBLISHERS).map((nth) =>
    all.use(aPublisher({ path, first: nth * NUMBERS, ...PUBLISHING })),
  )
  await using watch = new Watch(broker)
  const victims: Member[] = []
  const takeoverMs: number[] = []
  const random = seededRandom(seed)
  for (let kill = 0; kill < kills; kill += 1) {
    await until(
      () => 'both members are at work',
      () => members.every(({ facts }) => facts.some(isBegun)),
    )
    await pause(random() * MAX_PAUSE_MS)
    const [victim] = members.splice(Math.floor(random() * members.length), 1) as [Member]
    const lives = (): readonly Member[] => [...victims, ...members, victim]
    const at = nowMs()
    await victim.kill()
    const held = heldBy(victim, lives(), at)
    members.push(live())
    let takenAt: readonly (number | undefined)[] = []
    const what = (): string => `partitions ${held.join(', ')} are taken over: ${takenAt.join(', ')}`
    await until(what, () => {
      takenAt = held.map((partition) => takenOverAt(partition, members, at))
      return takenAt.every((taken) => taken !== undefined)
    })
    takeoverMs.push(Math.max(0, ...takenAt.map((taken) => (taken ?? 0) - at)))
    victims.push(victim)
  }
  for (const publisher of publishers) await publisher.stop()
  const acknowledged = publishers.flatMap(({ facts }) => facts).flatMap(({ from, to }) => range(from, to))
  let lags: readonly Lag[] = []
  const left = (): string => `all are committed: ${JSON.stringify(lags)}`
  await until(left, async () => {
    lags = await broker.lag(MEMBER.group)
    return lags.length === PARTITIONS && lags.every(({ lag }) => lag === 0)
  })
  for (const member of members) await member.stop()
  return {
    ...comparison(
      victims.map(({ facts }) => facts),
      members.map(({ facts }) => facts),
      acknowledged,
    ),
    ...watch.seen,
    takeoverMs,
  }
}

/** The partitions whose last handler before then was called by this member. */
function heldBy(member: Member, all: readonly Member[], atMs: number): readonly number[] {
  const last = new Map<number, { readonly of: Member; readonly atMs: number }>()
  for (const each of all) {
    for (const fact of each.facts.filter(isBegun)) {
      if (fact.atMs <= atMs && fact.atMs > (last.get(fact.partition)?.atMs ?? 0))
        last.set(fact.partition, { of: each, atMs: fact.atMs })
    }
  }
  return [...last].filter(([, { of }]) => of === member).map(([partition]) => partition)
}

function takenOverAt(partition: number, members: readonly Member[], fromMs: number): number | undefined {
  const times = members
    .flatMap(({ facts }) => facts)
    .filter((fact) => isBegun(fact) && fact.partition === partition && fact.atMs > fromMs)
    .map(({ atMs }) => atMs)
  return times.length === 0 ? undefined : Math.min(...times)
}

function comparison(
  killed: readonly (readonly MemberFact[])[],
  others: readonly (readonly MemberFact[])[],
  acknowledged: readonly number[],
): Omit<SeedResult, 'takeoverMs' | 'wentBack' | 'looks'> {
  const facts = [...killed, ...others].flat()
  const done = doneOf(facts)
  const cut = killed.flatMap(inWork)
  const begun = Map.groupBy(facts.filter(isBegun), placeOf)
  const timesCut = Map.groupBy(cut, placeOf)
  let again = 0
  let againInWork = 0
  for (const [place, times] of begun) {
    again += times.length - 1
    againInWork += Math.min(times.length - 1, timesCut.get(place)?.length ?? 0)
  }
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((n) => !done.has(n)),
    outOfOrder: outOfOrder(facts).length,
    inWork: cut.length,
    again,
    againInWork,
    unexplained: unexplained(killed, others).length,
  }
}

/** Sees where the group is, all the time. */
class Watch implements AsyncDisposable {
  readonly #last = new Map<number, number>()
  #wentBack = 0
  #looks = 0
  #isOver = false
  readonly #running: Promise<void>

  constructor(broker: Broker) {
    this.#running = this.#run(broker)
  }

  get seen(): Pick<SeedResult, 'wentBack' | 'looks'> {
    return { wentBack: this.#wentBack, looks: this.#looks }
  }

  async #run(broker: Broker): Promise<void> {
    while (!this.#isOver) {
      for (const { partition, offset } of await broker.offsets(MEMBER.group)) {
        if (offset < (this.#last.get(partition) ?? 0)) this.#wentBack += 1
        this.#last.set(partition, offset)
        this.#looks += 1
      }
      await pause(LOOK_MS)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await this.#running
  }
}
