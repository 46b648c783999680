import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { type KillResult, killLoop } from '../../test/crash/kill-loop.ts'
import { machine } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { quantile } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { targetTable } from '../targets.ts'

const JOBS = 10_000
const KILLS = 10
/** Seeds at most: one after the other, for it is waits that are measured. */
const MAX_SEEDS = 5

const shown = (value: number): string => value.toLocaleString('en')
const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0)
const sorted = (values: readonly number[]): readonly number[] => values.toSorted((one, other) => one - other)

/** A process that is killed again and again while it sends and works. Throws where a message is lost, or runs twice without a cause. */
export async function kills({ seeds }: Pick<BenchOptions, 'seeds'>): Promise<void> {
  const results: KillResult[] = []
  for (let seed = 1; seed <= Math.min(seeds, MAX_SEEDS); seed += 1) {
    results.push(await ofSeed(seed))
    stderr.write(`seed ${seed} done\n`)
  }
  const freeMs = sorted(results.flatMap(freeMsOf))
  const lost = sum(results.map((result) => result.lost.length))
  const unexplained = sum(results.map((result) => result.unexplained.length))
  const failures = results.flatMap((result) => result.failures)
  const told = [
    `## ${results.length} seeds of at least ${shown(JOBS)} jobs, each with ${KILLS} times kill -9`,
    `${machine()}. Handlers take up to 5 ms, 10 at once. Each process is killed after as many messages as the seed chooses; every second time its successor works beside it already. What was in work at a kill is free when the first handler of it is called again: from the kill where another process lives, else from the moment when the next one opens the file. What has died once runs one at a time: in a handler is when the last of it is called again.`,
    markdownTable(
      [
        'seed',
        'acknowledged',
        'lost',
        'ran again',
        'may run again',
        'without a cause',
        'dead',
        'free p50 ms',
        'max ms',
        'in a handler max ms',
      ],
      results.map((result, index) => rowOf(index + 1, result)),
    ),
    '### What it must show',
    targetTable([
      { what: 'acknowledged and lost', measured: lost, atMost: 0 },
      { what: 'ran again, neither in work nor unwritten at a kill', measured: unexplained, atMost: 0 },
      { what: 'refused or failed', measured: failures.length, atMost: 0 },
      { what: 'orphans are free, p50 in ms', measured: quantile(freeMs, 0.5), atMost: 300 },
      { what: 'orphans are free, max in ms', measured: quantile(freeMs, 1), atMost: 1_000 },
    ]),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
  if (lost + unexplained + failures.length === 0) return
  throw new Error(
    `nothing must be lost, run twice without a cause, or fail: ${lost}, ${unexplained}, ${failures.join('; ')}`,
  )
}

async function ofSeed(seed: number): Promise<KillResult> {
  const folder = mkdtempSync(join(tmpdir(), 'willcall-kills-'))
  try {
    return await killLoop({ path: join(folder, 'jobs.db'), seed, jobs: JOBS, kills: KILLS })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const freeMsOf = ({ waitsMs }: KillResult): readonly number[] => waitsMs.map((waits) => Math.min(...waits))

function rowOf(seed: number, result: KillResult): Row {
  const { acknowledged, lost, again, mayRunAgain, unexplained, dead, waitsMs } = result
  const freeMs = sorted(freeMsOf(result))
  return [
    ...[seed, acknowledged, lost.length, again, mayRunAgain, unexplained.length, dead].map(shown),
    ...[quantile(freeMs, 0.5), quantile(freeMs, 1), Math.max(...waitsMs.flat())].map(figure),
  ]
}
