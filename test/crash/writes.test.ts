import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { aFileOfJobs, upTo } from './file-of-jobs.ts'
import type { ShortLifeOrder } from './processes/short-life.ts'
import { TellingProcess } from './telling-process.ts'

const SENDS = 20
const AT_ONCE = 2

/** How the store writes, and how many of these calls in one life a death is tried before. */
const TRIED = { pwrite64: 14, fdatasync: 5, fsync: 5, ftruncate: 4 } as const
type Call = keyof typeof TRIED
const CALLS = Object.keys(TRIED) as Call[]

/** With one thread for the syncs, since strace counts the calls of each thread by itself. */
const STRACE = ['strace', '-f', '-qq', '-E', 'UV_THREADPOOL_SIZE=1', '-e', `trace=${CALLS.join(',')}`]

function whyNot(): string | false {
  if (spawnSync('strace', ['-V']).error !== undefined) return 'strace is not installed'
  const tried = spawnSync('strace', ['-f', '-qq', '-e', 'trace=fsync', process.execPath, '--version'])
  return tried.status === 0 ? false : 'strace may not trace here'
}

async function lifeIn(path: string, ...traced: readonly string[]) {
  const order: ShortLifeOrder = { path, first: 1, sends: SENDS }
  await using life = new TellingProcess('short-life.ts', order, { through: [...STRACE, ...traced] })
  return { end: await life.ended(), sent: life.valuesOf('sent') as number[], ended: life.valuesOf('ended').length > 0 }
}

async function callsOfALife(): Promise<ReadonlyMap<Call, number>> {
  using file = aFileOfJobs()
  const log = join(file.folder, 'calls.log')
  assert.equal((await lifeIn(file.path, '-o', log)).end, 0)
  const lines = readFileSync(log, 'utf8').split('\n')
  return new Map(CALLS.map((call) => [call, lines.filter((line) => line.includes(` ${call}(`)).length]))
}

/** From 1 to `last`, close together at first: there the file is made. */
function spread(count: number, last: number): readonly number[] {
  const steps = upTo(count).map((step) => Math.max(1, Math.round(last * (step / count) ** 2)))
  return [...new Set(steps)]
}

/** Dies before the nth of these calls; then the file is opened again, and its work done to the end. Resolves with whether it died. */
async function diesBefore(call: Call, nth: number): Promise<boolean> {
  using file = aFileOfJobs()
  const { end, sent } = await lifeIn(file.path, '-o', '/dev/null', '-e', `inject=${call}:signal=SIGKILL:when=${nth}`)
  assert.ok(end === 'SIGKILL' || end === 0, `${call} ${nth}: the process ended with ${String(end)}`)
  const kept = new Set((await file.jobs()).map(({ payload }) => payload.n))
  assert.deepEqual(
    sent.filter((n) => !kept.has(n)),
    [],
    `${call} ${nth}: acknowledged and lost`,
  )
  await file.send({ task: 'work', n: SENDS + 1 })
  {
    await using here = file.here()
    await here.hasDone(kept.size + 1)
  }
  assert.deepEqual(
    (await file.jobs()).filter(({ state }) => state !== 'done'),
    [],
  )
  return end === 'SIGKILL'
}

async function inTurns(works: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = works.values()
  const lane = async (): Promise<void> => {
    for (const work of rest) await work()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

describe('a process that dies while it writes', () => {
  it('leaves a whole file with all that it has acknowledged, and the work goes on', {
    skip: whyNot(),
    timeout: 120_000,
  }, async () => {
    const calls = await callsOfALife()
    const died = new Set<Call>()
    const deaths = CALLS.flatMap((call) =>
      spread(TRIED[call], calls.get(call) ?? 0).map((nth) => async () => {
        if (await diesBefore(call, nth)) died.add(call)
      }),
    )
    await inTurns(deaths)
    assert.deepEqual([...died].toSorted(), CALLS.toSorted())
  })
})
