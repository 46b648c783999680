import { stderr, stdout } from 'node:process'
import { FreshFolder } from '../fresh-folder.ts'
import { machine } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { quantile } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { targetTable } from '../targets.ts'
import { killSeed, PARTITIONS, type SeedResult } from './kill-seed.ts'

const KILLS = 5
/** Seeds at most: one after the other, for it is waits that are measured. */
const MAX_SEEDS = 10

const shown = (value: number): string => value.toLocaleString('en')
const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0)
const sorted = (values: readonly number[]): readonly number[] => values.toSorted((one, other) => one - other)

/** One of two members of a group is killed again and again under load. Throws where a record is lost, its order is not kept, a commit goes back, or it is handled twice without a cause. */
export async function topicKills({ seeds }: Pick<BenchOptions, 'seeds'>): Promise<void> {
  const results: SeedResult[] = []
  for (let seed = 1; seed <= Math.min(seeds, MAX_SEEDS); seed += 1) {
    await using folder = await FreshFolder.make()
    results.push(await killSeed(folder.file('topics.db'), seed, KILLS))
    stderr.write(`seed ${seed} done\n`)
  }
  const of = (count: (result: SeedResult) => number): number => sum(results.map(count))
  const takeoverMs = sorted(results.flatMap((result) => result.takeoverMs))
  const broken = [
    { what: 'acknowledged and never handled', measured: of(({ lost }) => lost.length), atMost: 0 },
    {
      what: 'begun before an earlier one of its key was done',
      measured: of(({ outOfOrder }) => outOfOrder),
      atMost: 0,
    },
    { what: 'commits that went back', measured: of(({ wentBack }) => wentBack), atMost: 0 },
    { what: 'handled again without a cause', measured: of((result) => result.unexplained), atMost: 0 },
  ]
  const told = [
    `## Topics: ${results.length} seeds, each with ${KILLS} times kill -9 of one of two members`,
    `${machine()}. Two processes publish calls of 10 records with 50 keys to ${PARTITIONS} partitions; two handle them, 10 at once each, up to 20 ms each. One of these is killed at a random moment, and another one started at once. Taken over is what it held when the first handler has been called in the last of its partitions.`,
    markdownTable(
      [
        'seed',
        'acknowledged',
        'lost',
        'out of order',
        'went back',
        'of looks',
        'in work at kills',
        'handled again',
        'of these in work',
        'without a cause',
        'taken over p50 ms',
        'max ms',
      ],
      results.map((result, index) => rowOf(index + 1, result)),
    ),
    '### What it must show',
    targetTable([
      ...broken,
      { what: 'partitions are taken over, p50 in ms', measured: quantile(takeoverMs, 0.5), atMost: 1_000 },
      { what: 'partitions are taken over, max in ms', measured: quantile(takeoverMs, 1), atMost: 1_000 },
    ]),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
  const failed = broken.filter(({ measured }) => measured > 0)
  if (failed.length > 0) throw new Error(failed.map(({ what, measured }) => `${what}: ${measured}`).join('; '))
}

function rowOf(seed: number, result: SeedResult): Row {
  const { acknowledged, lost, outOfOrder, wentBack, looks, inWork, again, againInWork, unexplained } = result
  const takeoverMs = sorted(result.takeoverMs)
  return [
    ...[seed, acknowledged, lost.length, outOfOrder, wentBack, looks, inWork, again, againInWork, unexplained].map(
      shown,
    ),
    ...[quantile(takeoverMs, 0.5), quantile(takeoverMs, 1)].map(figure),
  ]
}
