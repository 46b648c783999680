import { FreshFolder } from '../fresh-folder.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable, type Row } from '../table.ts'
import { HANGS_MS } from './beside.ts'
import type { Section } from './section.ts'
import type { Ask, Beside } from './topics-order.ts'

/** Groups that are well in every run. */
const WELL = 8

const TITLES: Readonly<Record<Beside, string>> = {
  well: 'well',
  fails: 'one fails each attempt, one hangs',
  buries: 'one fails its only attempt, one hangs',
}

/** Ten groups in one process, two of which are well or not. */
export function neighbours(ask: Ask, records: number): Section {
  const cases = (Object.keys(TITLES) as Beside[]).map((beside) => ({ beside, rates: [] as number[] }))
  const ratesOf = (wanted: Beside): readonly number[] => cases.find(({ beside }) => beside === wanted)?.rates ?? []
  const ratioOf = (beside: Beside): number =>
    median(ratesOf(beside).map((rate, round) => rate / (ratesOf('well')[round] ?? NaN)))

  return {
    name: 'neighbours',
    round: async (round) => {
      for (const { beside, rates } of round % 2 === 0 ? cases : cases.toReversed()) {
        await using folder = await FreshFolder.make()
        const file = folder.file('topics.db')
        await ask({ kind: 'fill', file, records })
        const { ms } = await ask({ kind: 'neighbours', file, records, beside })
        rates.push((WELL * records * 1_000) / ms)
      }
      return cases
        .map(({ beside, rates }) => `beside two, ${TITLES[beside]}: ${figure(rates.at(-1) ?? NaN)}/s`)
        .join('; ')
    },
    told: () => [
      '### Ten groups, two of them ill',
      `Ten groups of one member each in one process read the same ${records.toLocaleString('en')} records, 10 handlers at once in each, which do nothing in eight groups. The rate is the records of these eight by the time from the first subscription until the last of them has read all. The handler that hangs never settles, and has ${HANGS_MS} ms. Ratios are medians of the rounds' ratios.`,
      markdownTable(
        ['the other two', 'records/s of the eight', '/ all well'],
        cases.map(({ beside, rates }): Row => [TITLES[beside], figure(median(rates)), ratioOf(beside).toFixed(3)]),
      ),
    ],
    targets: () => [
      { what: 'records/s of the eight, one fails and one hangs / all well', measured: ratioOf('fails'), atLeast: 0.9 },
      { what: 'the same, where each record that fails is buried at once', measured: ratioOf('buries'), atLeast: 0.9 },
    ],
  }
}
