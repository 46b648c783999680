import { execPath, stderr, stdout } from 'node:process'
import { jsonOf } from '../child.ts'
import { compiled } from '../compiled.ts'
import { FreshFolder } from '../fresh-folder.ts'
import { machine } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { targetTable } from '../targets.ts'
import { topicKills } from './kills.ts'
import { neighbours } from './neighbours.ts'
import { publishing } from './publishing.ts'
import { reading } from './reading.ts'
import type { Answers, TopicsOrder } from './topics-order.ts'
import { working } from './working.ts'

/** Of the messages that are read, so many are sent to a worker, and so many are read by each of ten groups. */
const WORKED = 0.1
const READ_BY_TEN = 0.05

/** Topics on a file: published to, read by groups that are well, that are not, and that are killed, and idle beside a worker. */
export async function topics(options: BenchOptions): Promise<void> {
  await measured(options)
  if ('kills'.includes(options.only)) await topicKills(options)
}

async function measured({ rounds, messages, only }: BenchOptions): Promise<void> {
  await using folder = await FreshFolder.make()
  const [script = ''] = await compiled(folder, [new URL('./run-topics.ts', import.meta.url)])
  const ask = <Kind extends TopicsOrder['kind']>(
    order: Extract<TopicsOrder, { readonly kind: Kind }>,
    ...flags: readonly string[]
  ): Promise<Answers[Kind]> => jsonOf<Answers[Kind]>(execPath, [...flags, script, JSON.stringify(order)])
  const sections = [
    publishing(ask, messages),
    reading(ask, folder.file('topics.db'), messages),
    working(ask, Math.ceil(messages * WORKED)),
    neighbours(ask, Math.ceil(messages * READ_BY_TEN)),
  ].filter(({ name }) => name.includes(only))
  if (sections.length === 0) return

  for (let round = 0; round < rounds; round += 1) {
    for (const section of sections) {
      stderr.write(`round ${round + 1} of ${rounds}: ${await section.round(round)}\n`)
    }
  }
  const told = [
    '## Topics',
    `${machine()}. willcall with its defaults, on a file on disk. Compiled JavaScript, as a user has it, each run in a fresh process, the cases in turn, and in each second round the other way round. Medians of ${rounds} rounds.`,
    ...sections.flatMap((section) => section.told()),
    '### What it must show',
    targetTable(sections.flatMap((section) => section.targets())),
  ]
  stdout.write(`${told.join('\n\n')}\n`)
}
