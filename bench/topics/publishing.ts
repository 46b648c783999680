import { figure, markdownTable, type Row } from '../table.ts'
import { FreshFolder } from '../fresh-folder.ts'
import { median } from '../quantile.ts'
import type { Section } from './section.ts'
import type { Ask, Calls, Took } from './topics-order.ts'

/** Of the records of a run, so many more are published before the clock starts. */
const WARM_UP = 0.2
/** A run of fewer records says nothing. */
const FEWEST = 500

interface Case {
  readonly title: string
  readonly calls: Calls
  readonly records: number
  /** By round. */
  readonly raw: Took[]
  readonly willcall: Took[]
}

const SUBJECTS = ['raw', 'willcall'] as const

type Subject = (typeof SUBJECTS)[number]

/** Publishing, against the limit of the engine. */
export function publishing(ask: Ask, messages: number): Section {
  const caseOf = (title: string, calls: Calls, part: number): Case => {
    const records = Math.min(messages, Math.max(FEWEST, Math.ceil(messages * part)))
    return { title, calls, records, raw: [], willcall: [] }
  }
  const hundred = caseOf('100 callers, one record each', { callers: 100, size: 1 }, 0.2)
  const cases = [
    hundred,
    caseOf('a lone caller, one record', { callers: 1, size: 1 }, 0.01),
    caseOf('a lone caller, 100 records', { callers: 1, size: 100 }, 0.2),
  ]

  return {
    name: 'publish',
    round: async (round) => {
      for (const each of cases) {
        for (const subject of round % 2 === 0 ? SUBJECTS : SUBJECTS.toReversed()) {
          await using folder = await FreshFolder.make()
          const { calls, records } = each
          const warmUp = Math.ceil(records * WARM_UP)
          const took = await ask({ kind: 'publish', subject, file: folder.file('log.db'), calls, warmUp, records })
          each[subject].push(took)
        }
      }
      const last = SUBJECTS.map((subject) => `${subject} ${figure(ratesOf(hundred, subject).at(-1) ?? NaN)}/s`)
      return `published from 100 callers: ${last.join(', ')}`
    },
    told: () => [
      '### Publishing',
      'Records with a key, into 3 partitions; each caller awaits its call before its next. Raw is better-sqlite3 with WAL and synchronous=FULL: one transaction for each turn of the event loop inserts a row for each record, and nothing else of a topic. Each run is on a fresh file, after a fifth as many records as warm-up; afterwards all are read, each once. "/ raw" is the median of the rounds\' ratios.',
      markdownTable(
        ['callers', 'records/s', 'raw records/s', '/ raw', 'CPU µs of a record', 'raw CPU µs', 'records'],
        cases.map((each): Row => {
          const [raw, rate] = SUBJECTS.map((subject) => figure(median(ratesOf(each, subject))))
          const [rawUs, us] = SUBJECTS.map((subject) => figure(cpuUsOf(each, subject)))
          const { title, records } = each
          return [
            title,
            `${rate}`,
            `${raw}`,
            ratioOf(each).toFixed(3),
            `${us}`,
            `${rawUs}`,
            records.toLocaleString('en'),
          ]
        }),
      ),
    ],
    targets: () => [{ what: `records/s / raw, ${hundred.title}`, measured: ratioOf(hundred), atLeast: 0.5 }],
  }
}

/** Records a second, by round. */
const ratesOf = ({ records, ...each }: Case, subject: Subject): readonly number[] =>
  each[subject].map(({ ms }) => (records * 1_000) / ms)

const cpuUsOf = ({ records, ...each }: Case, subject: Subject): number =>
  median(each[subject].map(({ cpuMs }) => (cpuMs * 1_000) / records))

function ratioOf(each: Case): number {
  const raw = ratesOf(each, 'raw')
  return median(ratesOf(each, 'willcall').map((rate, round) => rate / (raw[round] ?? NaN)))
}
