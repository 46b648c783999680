import { execPath, stderr, stdout } from 'node:process'
import { wholeNumber } from '../../src/core/option.ts'
import { jsonOf } from '../child.ts'
import { compiled } from '../compiled.ts'
import { FreshFolder } from '../fresh-folder.ts'
import { machine } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable } from '../table.ts'
import { targetTable } from '../targets.ts'
import type { Answers, BacklogOrder, Drained } from './backlog-order.ts'
import { CONCURRENCY } from './queue.ts'

/** Jobs that are worked while the clock runs. */
const DRAINED = 50_000
/** Fewer pending ones would be gone before the clock stops. */
const FEWEST = 2 * DRAINED
const HEAP_MB = 64
const HEAP_MESSAGES = 200_000
const HEAP_PAYLOAD_BYTES = 1_000

interface Round extends Drained {
  readonly scaleMb: number
  readonly smallPerSecond: number
  readonly fileMb: number
}

/** A store that was left with a million jobs: how soon the first one runs, how fast they go, and in how much memory. */
export async function backlog({ rounds, messages }: BenchOptions): Promise<void> {
  wholeNumber('--messages', messages, FEWEST)
  await using program = await FreshFolder.make()
  const [script = ''] = await compiled(program, [new URL('./run-backlog.ts', import.meta.url)])
  const ask = <Kind extends BacklogOrder['kind']>(
    order: Extract<BacklogOrder, { readonly kind: Kind }>,
    ...flags: readonly string[]
  ): Promise<Answers[Kind]> => jsonOf<Answers[Kind]>(execPath, [...flags, script, JSON.stringify(order)])

  const all: Round[] = []
  for (let round = 1; round <= rounds; round += 1) {
    await using folder = await FreshFolder.make()
    const file = folder.file('large.db')
    const { fileMb } = await ask({ kind: 'fill', file, messages })
    const drained = await ask({ kind: 'drain', file, messages, drained: DRAINED })
    const small = await ask({ kind: 'small', file: folder.file('small.db'), drained: DRAINED })
    const { residentMb: scaleMb } = await ask({ kind: 'scale', file: folder.file('empty.db') })
    all.push({ ...drained, scaleMb, smallPerSecond: small.perSecond, fileMb })
    stderr.write(
      `round ${round} of ${rounds}: first job ${figure(drained.firstJobMs)} ms, ${figure(drained.perSecond)} jobs/s\n`,
    )
  }
  await using folder = await FreshFolder.make()
  const heap = await ask(
    { kind: 'heap', file: folder.file('heap.db'), messages: HEAP_MESSAGES, payloadBytes: HEAP_PAYLOAD_BYTES },
    `--max-old-space-size=${HEAP_MB}`,
  )

  const count = messages.toLocaleString('en')
  const middle = (of: (round: Round) => number): number => median(all.map(of))
  const rateRatio = middle(({ perSecond, smallPerSecond }) => perSecond / smallPerSecond)
  const told = [
    `## ${count} pending jobs`,
    `${machine()}. ${count} jobs of one task were sent in large calls by a process that has ended, and after them one job of another task; a fresh process opens the file and works them, ${CONCURRENCY} at once, with handlers that do nothing. The rate: ${DRAINED.toLocaleString('en')} jobs after a warm-up, against as many from a store that is filled with 1,000 while the clock stands still and emptied while it runs. Compiled JavaScript, as a user has it. Medians of ${rounds} rounds. Each job that was worked was worked once, and the others were still there.`,
    markdownTable(
      ['measured', 'value'],
      [
        ['open to the first job, ms', figure(middle(({ firstJobMs }) => firstJobMs))],
        ['open to the job of the other task, ms', figure(middle(({ otherTaskMs }) => otherTaskMs))],
        ['resident at the first job, MB', figure(middle(({ residentMb }) => residentMb))],
        ['resident after the jobs, MB', figure(middle(({ afterMb }) => afterMb))],
        ['resident at its peak, MB', figure(middle(({ peakMb }) => peakMb))],
        ['resident with an empty store, nothing run, MB', figure(middle(({ scaleMb }) => scaleMb))],
        [`jobs/s with ${count} pending`, figure(middle(({ perSecond }) => perSecond))],
        ['jobs/s with 1,000 pending', figure(middle(({ smallPerSecond }) => smallPerSecond))],
        ['the one / the other', figure(rateRatio)],
        ['size of the file, MB', figure(middle(({ fileMb }) => fileMb))],
      ],
    ),
    `${HEAP_MESSAGES.toLocaleString('en')} pending jobs of ${HEAP_PAYLOAD_BYTES.toLocaleString('en')} bytes, with \`--max-old-space-size=${HEAP_MB}\`: sent and worked to the end, each once, in ${figure(heap.seconds)} s; resident at its peak ${figure(heap.peakMb)} MB.`,
    '### What it must show',
    targetTable([
      { what: 'open to the first job, ms', measured: middle(({ firstJobMs }) => firstJobMs), atMost: 50 },
      { what: 'resident after the jobs, MB', measured: middle(({ afterMb }) => afterMb), atMost: 90 },
      { what: `jobs/s with ${count} pending / with 1,000`, measured: rateRatio, atLeast: 0.75 },
    ]),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}
