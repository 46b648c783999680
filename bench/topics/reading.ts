import type { Order } from '../../src/broker/broker.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { CONCURRENCY } from './group-reader.ts'
import type { Section } from './section.ts'
import type { Answers, Ask } from './topics-order.ts'

/** V8 lets the space of new objects grow to several times this, whatever of it is garbage. */
const SMALL_SPACE = '--max-semi-space-size=16'

interface Case {
  readonly title: string
  readonly order: Order
  readonly groups: number
  readonly flags: readonly string[]
  /** By round. */
  readonly runs: Answers['read'][]
}

/** Two groups read everything, and one does in each order. `file` gets the records; each run is made by new groups. */
export function reading(ask: Ask, file: string, records: number): Section {
  const caseOf = (order: Order, groups: 1 | 2, ...flags: readonly string[]): Case => {
    const title = [`${groups === 1 ? 'one group' : 'two groups'}, order ${order}`, ...flags].join(', ')
    return { title, order, groups, flags, runs: [] }
  }
  const two = caseOf('key', 2)
  const small = caseOf('key', 2, SMALL_SPACE)
  const cases = [two, small, caseOf('key', 1), caseOf('partition', 1), caseOf('none', 1)]
  let fileMb = Number.NaN
  let heldMb = Number.NaN
  const read = (
    { order, groups: count, flags, runs }: Case,
    extra: readonly string[] = [],
  ): Promise<Answers['read']> => {
    const groups = Array.from({ length: count }, (_, index) =>
      ['group', order, count, flags.length, extra.length, runs.length, index].join('-'),
    )
    return ask({ kind: 'read', file, records, groups, order }, ...flags, ...extra)
  }
  const shown = records.toLocaleString('en')

  return {
    name: 'read',
    round: async (round) => {
      if (round === 0) {
        ;({ fileMb } = await ask({ kind: 'fill', file, records }))
        ;({ heldMb = Number.NaN } = await read(two, ['--expose-gc']))
      }
      for (const each of round % 2 === 0 ? cases : cases.toReversed()) each.runs.push(await read(each))
      const last = { ...two, runs: two.runs.slice(-1) }
      return `two groups read ${figure(rateOf(last, records))} records/s, at most ${figure(peakMbOf(last))} MB`
    },
    told: () => [
      '### Reading',
      `${shown} records of 100 bytes with 1,000 keys in 3 partitions were published by a process that has ended (${figure(fileMb)} MB on disk). A fresh process subscribes to them, ${CONCURRENCY} handlers at once for each group, which do nothing; the clock runs until all is committed. Records/s are those of all groups together. The peak is the resident set of the whole process, garbage included: with the defaults of Node the space for new objects grows while they come, and stays so. Each group got each record once, but for order none in the order of its key. In a run of its own in which garbage was collected again and again two groups held ${figure(heldMb)} MB of heap at most, beyond what there was before.`,
      markdownTable(
        ['case', 'records/s', 'CPU µs of a record', 'peak MB'],
        cases.map((each): Row => {
          const { title, runs, groups } = each
          const cpuUs = median(runs.map(({ cpuMs }) => (cpuMs * 1_000) / (groups * records)))
          return [title, figure(rateOf(each, records)), figure(cpuUs), figure(peakMbOf(each))]
        }),
      ),
    ],
    targets: () => [
      { what: `resident at the peak, two groups read ${shown} records, MB`, measured: peakMbOf(two), atMost: 150 },
      { what: `the same with \`${SMALL_SPACE}\`, MB`, measured: peakMbOf(small), atMost: 150 },
    ],
  }
}

const rateOf = ({ groups, runs }: Case, records: number): number =>
  median(runs.map(({ ms }) => (groups * records * 1_000) / ms))

const peakMbOf = ({ runs }: Case): number => median(runs.map(({ peakMb }) => peakMb))
