import { stderr, stdout } from 'node:process'
import { markdownTable } from '../../../bench/table.ts'
import { type Experiment, type Outcome, outcomeOf } from './experiment.ts'
import { whyNoHollowDisk } from './hollow-disk.ts'

const ROUNDS = 3

interface Row extends Experiment {
  readonly title: string
  /** One that loses what it has acknowledged shows that the experiment can tell. */
  readonly isControl?: true
}

const ROWS: readonly Row[] = [
  { title: 'willcall', subject: 'willcall' },
  { title: 'willcall, killed and started again', subject: 'willcall', isKilled: true },
  { title: 'willcall, while somebody reads', subject: 'willcall', isRead: true },
  {
    title: 'willcall, killed and started again while somebody reads',
    subject: 'willcall',
    isKilled: true,
    isRead: true,
  },
  { title: 'control: goes on', subject: 'goesOn', isControl: true },
  { title: 'control: closes and opens again', subject: 'reopens', isControl: true },
  { title: 'control: TRUNCATE until it succeeds', subject: 'truncates', isControl: true },
  { title: 'control: killed and started again', subject: 'goesOn', isKilled: true, isControl: true },
]

const sumOf = (outcomes: readonly Outcome[], of: (outcome: Outcome) => number): number =>
  outcomes.reduce((sum, outcome) => sum + of(outcome), 0)

function verdictOf({ title, isControl }: Row, outcomes: readonly Outcome[]): string | undefined {
  const lost = sumOf(outcomes, ({ lostAfter, lostBefore }) => lostAfter + lostBefore)
  const isWhole = outcomes.every(({ integrity }) => integrity === 'ok')
  if (isControl) return lost > 0 ? undefined : `${title}: it lost nothing, so the experiment shows nothing`
  return lost === 0 && isWhole ? undefined : `${title}: ${lost} acknowledged messages are lost`
}

async function main(): Promise<number> {
  const why = whyNoHollowDisk()
  if (why !== undefined) {
    stderr.write(`the write-back error cannot be tried: ${why}\n`)
    return 2
  }
  const cells: string[][] = []
  const verdicts: string[] = []
  for (const row of ROWS) {
    const outcomes: Outcome[] = []
    for (let round = 0; round < ROUNDS; round += 1) outcomes.push(await outcomeOf(row))
    const lostOf = (lost: number, all: number): string => `${lost} of ${all}`
    cells.push([
      row.title,
      String(sumOf(outcomes, ({ refused }) => refused)),
      lostOf(
        sumOf(outcomes, ({ lostBefore }) => lostBefore),
        sumOf(outcomes, ({ before }) => before),
      ),
      lostOf(
        sumOf(outcomes, ({ lostAfter }) => lostAfter),
        sumOf(outcomes, ({ after }) => after),
      ),
      [...new Set(outcomes.map(({ integrity }) => integrity))].join(', '),
    ])
    const verdict = verdictOf(row, outcomes)
    if (verdict !== undefined) verdicts.push(verdict)
  }
  const head = ['after a sync that failed', 'refused', 'acknowledged before: lost', 'after: lost', 'integrity']
  stdout.write(`${markdownTable(head, cells)}\n`)
  for (const verdict of verdicts) stderr.write(`${verdict}\n`)
  return verdicts.length === 0 ? 0 : 1
}

// A signal ends the process by its exit, so that what was mounted is taken away.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
process.exitCode = await main()
