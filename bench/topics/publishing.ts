import { figure, markdownTable, type Row } from '../table.ts'
import { FreshFolder } from '../fresh-folder.ts'
import { median } from '../quantile.ts'
import type { Section } from './section.ts'
import type { Ask, Calls } from './topics-order.ts'

/** Of the records of a run, so many more are published before the clock starts. */
const WARM_UP = 0.2
/** A run of fewer records says nothing. */
const FEWEST = 500

interface Case {
  readonly title: string
  readonly calls: Calls
  readonly records: number
  /** Records a second, by round. */
  readonly raw: number[]
  readonly willcall: number[]
}

const SUBJECTS = ['raw', 'willcall'] as const

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
  const ratioOf = ({ raw, willcall }: Case): number =>
    median(willcall.map((speed, round) => speed / (raw[round] ?? NaN)))

  return {
    name: 'publish',
    round: async (round) => {
      for (const each of cases) {
        for (const subject of round % 2 === 0 ? SUBJECTS : SUBJECTS.toReversed()) {
          await using folder = await FreshFolder.make()
          const { calls, records } = each
          const warmUp = Math.ceil(records * WARM_UP)
          const { ms } = await ask({ kind: 'publish', subject, file: folder.file('log.db'), calls, warmUp, records })
          each[subject].push((records / ms) * 1_000)
        }
      }
      return `published from 100 callers: ${figure(hundred.willcall.at(-1) ?? NaN)}/s, raw ${figure(hundred.raw.at(-1) ?? NaN)}/s`
    },
    told: () => [
      '### Publishing',
      'Records with a key, into 3 partitions; each caller awaits its call before its next. Raw is better-sqlite3 with WAL and synchronous=FULL: one transaction for each turn of the event loop inserts a row for each record, and nothing else of a topic. Each run is on a fresh file, after a fifth as many records as warm-up; afterwards all are read, each once. "/ raw" is the median of the rounds\' ratios.',
      markdownTable(
        ['callers', 'records/s', 'raw records/s', '/ raw', 'records'],
        cases.map((each): Row => {
          const { title, willcall, raw, records } = each
          return [title, figure(median(willcall)), figure(median(raw)), ratioOf(each).toFixed(3), figure(records)]
        }),
      ),
    ],
    targets: () => [{ what: `records/s / raw, ${hundred.title}`, measured: ratioOf(hundred), atLeast: 0.5 }],
  }
}
