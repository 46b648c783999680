import type { Order } from '../../src/broker/broker.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { CONCURRENCY } from './group-reader.ts'
import type { Section } from './section.ts'
import type { Answers, Ask } from './topics-order.ts'

interface Case {
  readonly title: string
  readonly order: Order
  readonly groups: number
  /** By round. */
  readonly runs: Answers['read'][]
}

/** Two groups read everything, and one does in each order. `file` has the records; each run is made by new groups. */
export function reading(ask: Ask, file: string, records: number): Section {
  const caseOf = (title: string, order: Order, groups: number): Case => ({ title, order, groups, runs: [] })
  const two = caseOf('two groups, order key', 'key', 2)
  const cases = [
    two,
    caseOf('one group, order key', 'key', 1),
    caseOf('one group, order partition', 'partition', 1),
    caseOf('one group, order none', 'none', 1),
  ]
  const rateOf = ({ groups, runs }: Case): number => median(runs.map(({ ms }) => (groups * records * 1_000) / ms))
  const peakMbOf = ({ runs }: Case): number => median(runs.map(({ peakMb }) => peakMb))
  let fileMb = Number.NaN

  return {
    name: 'read',
    round: async (round) => {
      if (round === 0) ({ fileMb } = await ask({ kind: 'fill', file, records }))
      for (const { order, groups: count, runs } of round % 2 === 0 ? cases : cases.toReversed()) {
        const groups = Array.from({ length: count }, (_, index) => `${order}-${count}-${round}-${index}`)
        runs.push(await ask({ kind: 'read', file, records, groups, order }))
      }
      const last = two.runs.at(-1)
      return `two groups read ${figure((2 * records * 1_000) / (last?.ms ?? NaN))} records/s, at most ${figure(last?.peakMb ?? NaN)} MB`
    },
    told: () => [
      '### Reading',
      `${records.toLocaleString('en')} records of 100 bytes with 1,000 keys in 3 partitions were published by a process that has ended (${figure(fileMb)} MB on disk). A fresh process subscribes to them, ${CONCURRENCY} handlers at once for each group, which do nothing; the clock runs until all is committed. Records/s are those of all groups together. The peak is that of the whole process, garbage included. Each group got each record once, but for order none in the order of its key.`,
      markdownTable(
        ['case', 'records/s', 'µs of a record', 'peak MB'],
        cases.map(
          (each): Row => [each.title, figure(rateOf(each)), figure(1_000_000 / rateOf(each)), figure(peakMbOf(each))],
        ),
      ),
    ],
    targets: () => [
      {
        what: `resident at the peak, two groups read ${records.toLocaleString('en')} records, MB`,
        measured: Math.max(...two.runs.map(({ peakMb }) => peakMb)),
        atMost: 150,
      },
    ],
  }
}
