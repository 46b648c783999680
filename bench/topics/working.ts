import { SENDERS } from '../durable/subject.ts'
import { FreshFolder } from '../fresh-folder.ts'
import { median } from '../quantile.ts'
import { figure, markdownTable } from '../table.ts'
import type { Section } from './section.ts'
import type { Ask } from './topics-order.ts'

/** Of the messages of a run, so many more are sent before the clock starts. */
const WARM_UP = 0.2
/** Of a round: what other programs do to one pair would be taken for what topics do. */
const PAIRS = 3

/** A worker beside topics that have nothing to do. */
export function working(ask: Ask, messages: number): Section {
  const alone: number[] = []
  const beside: number[] = []
  const ratio = (): number => median(beside.map((speed, round) => speed / (alone[round] ?? NaN)))

  return {
    name: 'work',
    round: async (round) => {
      const turns = Array.from({ length: PAIRS }, (_, pair) => [
        (round + pair) % 2 === 1,
        (round + pair) % 2 === 0,
      ]).flat()
      for (const topics of turns) {
        await using folder = await FreshFolder.make()
        const warmUp = Math.ceil(messages * WARM_UP)
        const { ms } = await ask({ kind: 'work', file: folder.file('willcall.db'), topics, warmUp, messages })
        ;(topics ? beside : alone).push((messages / ms) * 1_000)
      }
      return `${figure(beside.at(-1) ?? NaN)} jobs/s beside idle topics, ${figure(alone.at(-1) ?? NaN)} without`
    },
    told: () => [
      '### A worker beside idle topics',
      `${SENDERS} senders that each await their message before the next, until all is done, as in the bench durable; with topics open on the same store and two subscriptions to one that have read all, and without; ${messages.toLocaleString('en')} messages a run, and ${PAIRS} pairs of runs a round. The ratio is the median of the pairs' ratios.`,
      markdownTable(
        ['measured', 'value'],
        [
          ['jobs/s without topics', figure(median(alone))],
          ['jobs/s with two idle subscriptions', figure(median(beside))],
          ['the one by the other', ratio().toFixed(3)],
        ],
      ),
    ],
    targets: () => [{ what: 'jobs/s beside idle topics / without', measured: ratio(), atLeast: 0.9 }],
  }
}
