import { seededRandom } from '../../src/testing/index.ts'
import { systemClock } from '../../src/index.ts'
import { jobsIn } from './file-of-jobs.ts'
import type { WorkOrder } from './processes/work-order.ts'
import { TellingProcess } from './telling-process.ts'

/** The numbers of the messages of one process begin so far after those of the one before. */
const NUMBERS = 1_000_000
/** A process that lives longer is ended, so that nothing hangs. */
const LONGEST_MS = 300_000

export interface KillOrder {
  readonly path: string
  readonly seed: number
  /** Messages that must be acknowledged, at least. */
  readonly jobs: number
  readonly kills: number
}

export interface KillResult {
  readonly acknowledged: number
  /** Acknowledged, and neither done nor dead. */
  readonly lost: readonly number[]
  /** Handlers that were called again. */
  readonly again: number
  /** Handlers that may be called again: what was in work at a kill, or had ended and was not yet told to be written. */
  readonly mayRunAgain: number
  /** Messages whose handler was called more often than that explains. */
  readonly unexplained: readonly number[]
  /**
   * For each kill, how long what was in work waited until the handler of each was called again, in milliseconds. All of it becomes free
   * at once, at the first of these at the latest; but what has died once runs one at a time.
   */
  readonly waitsMs: readonly (readonly number[])[]
  readonly dead: number
  /** What a user was told that could not be done. */
  readonly failures: readonly unknown[]
}

interface Kill {
  readonly victim: TellingProcess
  /** Whether no other process lived. */
  readonly isAlone: boolean
  /** Its own kill where another process lives, else when the next one opens the file. */
  readonly fromMs: number
}

/**
 * Sends and works in a process that is killed again and again, each time after as many messages as the seed chooses, and started
 * anew. Every second time its successor works beside it already.
 */
export async function killLoop({ path, seed, jobs, kills }: KillOrder): Promise<KillResult> {
  const random = seededRandom(seed)
  const lives: TellingProcess[] = []
  const live = (): TellingProcess => {
    const first = 1 + NUMBERS * lives.length
    const order: WorkOrder = { path, sends: jobs, first, handlers: 'briefly', stops: 'when_told' }
    const life = new TellingProcess('work.ts', order, { longestMs: LONGEST_MS })
    lives.push(life)
    return life
  }
  const killed: Kill[] = []
  try {
    let victim = live()
    for (let kill = 0; kill < kills; kill += 1) {
      const successor = kill % 2 === 1 ? live() : undefined
      await successor?.told('began')
      await victim.told('sent', Math.ceil((random() * 2 * jobs) / (kills + 1)))
      const atMs = systemClock.elapsed()
      await victim.kill()
      const next = successor ?? live()
      await next.told('opening')
      const isAlone = successor === undefined
      killed.push({ victim, isAlone, fromMs: isAlone ? openedAt(next) : atMs })
      victim = next
    }
    const acknowledged = lives.reduce((sum, life) => sum + life.valuesOf('sent').length, 0)
    await victim.told('sent', Math.max(1, jobs - acknowledged + victim.valuesOf('sent').length))
    victim.go()
    const end = await victim.ended()
    if (end !== 0) throw new Error(`the last process ended with ${String(end)}`)
    return await resultOf(path, lives, killed)
  } finally {
    for (const life of lives) await life.kill()
  }
}

const openedAt = ({ facts }: TellingProcess): number => facts.find(({ fact }) => fact === 'opening')?.atMs ?? Number.NaN

/** What it was in at its kill: its handler had begun, and nothing told that its end was written. */
function inWorkOf(life: TellingProcess): readonly number[] {
  const written = new Set(life.valuesOf('done'))
  return life.valuesOf('began').filter((n) => !written.has(n)) as number[]
}

async function resultOf(path: string, lives: readonly TellingProcess[], kills: readonly Kill[]): Promise<KillResult> {
  const kept = await jobsIn(path)
  const ended = new Set(
    kept.filter(({ state }) => state === 'done' || state === 'dead').map(({ payload }) => payload.n),
  )
  const sent = lives.flatMap((life) => life.valuesOf('sent')) as number[]
  const inWork = kills.flatMap(({ victim }) => inWorkOf(victim))
  const began = timesIn(lives.flatMap((life) => life.valuesOf('began')) as number[])
  const mayBegin = timesIn(inWork)
  return {
    acknowledged: sent.length,
    lost: sent.filter((n) => !ended.has(n)),
    again: [...began.values()].reduce((sum, times) => sum + times - 1, 0),
    mayRunAgain: inWork.length,
    unexplained: [...began].filter(([n, times]) => times > 1 + (mayBegin.get(n) ?? 0)).map(([n]) => n),
    waitsMs: kills.map((kill) => waitsOf(kill, kills, lives)).filter((waits) => waits.length > 0),
    dead: kept.filter(({ state }) => state === 'dead').length,
    failures: lives.flatMap((life) => life.valuesOf('failed')),
  }
}

function timesIn(numbers: readonly number[]): ReadonlyMap<number, number> {
  const times = new Map<number, number>()
  for (const n of numbers) times.set(n, (times.get(n) ?? 0) + 1)
  return times
}

/**
 * While nobody lived, nothing waited: a process that was killed before it could free them leaves them to the next. Of those whose end
 * was written after all there is no wait.
 */
function waitsOf(
  { victim, fromMs }: Kill,
  kills: readonly Kill[],
  lives: readonly TellingProcess[],
): readonly number[] {
  const inWork = new Set<unknown>(inWorkOf(victim))
  const waits: number[] = []
  for (const { fact, value, atMs } of lives.filter((life) => life !== victim).flatMap(({ facts }) => facts)) {
    if (fact !== 'began' || atMs < fromMs || !inWork.delete(value)) continue
    const restarts = kills.filter((kill) => kill.isAlone && kill.fromMs <= atMs).map((kill) => kill.fromMs)
    waits.push(atMs - Math.max(fromMs, ...restarts))
  }
  return waits
}
