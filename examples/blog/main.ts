/**
 * `npm run blog`: the same posts go through one queue, three queues and one topic, through an API that is killed meanwhile, to three
 * actions of which one fails; and it prints for each way what was lost, and what was done twice. The same `SEED` (1) prints the same.
 * Ends with exit code 0 only if the topic has lost nothing, and done nothing twice.
 */
import { constants } from 'node:os'
import { errorText } from '../../src/index.ts'
import { wholeIn } from '../shared/environment.ts'
import { Stopped, stopSignal } from '../shared/stop-signal.ts'
import { temporaryFolder } from '../shared/temporary-folder.ts'
import { type Experiment, outcomeIn, type Place } from './experiment.ts'
import type { Outcome } from './outcome.ts'
import { type Plan, planOf } from './plan.ts'
import { tableOf } from './table.ts'

const DEFAULT_SEED = 1
const MAX_SEED = 2 ** 32 - 1
/** What is not done by then counts as never done. */
const LIMIT_MS = 120_000

/** Experiments by how they are called. */
type Group = Readonly<Record<string, Experiment>>

const SHAPES: Group = {
  'one queue': { way: 'oneQueue' },
  'three queues': { way: 'threeQueues' },
  'one topic': { way: 'oneTopic' },
}
const REMEDIES: Group = {
  'one queue, the count keyed': { way: 'oneQueue', isKeyed: true },
  'three queues, one send': { way: 'threeQueuesOneSend' },
}
const AFTER: Group = {
  'one topic': { way: 'oneTopic', failsAfter: true },
  'one topic, the count keyed': { way: 'oneTopic', isKeyed: true, failsAfter: true },
}

const stop = stopSignal(process.env)
try {
  const seed = wholeIn(process.env, 'SEED', 0, MAX_SEED) ?? DEFAULT_SEED
  using folder = temporaryFolder('blog')
  await compare(seed, { folder: folder.path, signal: AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)]) })
} catch (error) {
  console.error(error instanceof Stopped ? error.message : errorText(error))
  process.exitCode = error instanceof Stopped && error.by !== 'end of stdin' ? 128 + constants.signals[error.by] : 1
}

async function compare(seed: number, place: Place): Promise<void> {
  const plan = planOf(seed)
  const { posts, kills, refusals, failingAfter } = plan
  console.log(
    [
      `seed ${seed}: ${posts.length} posts, published once each. The API is killed at ${kills.length} of them, each time after`,
      `another of its writes, and started again. The search API refuses ${refusals.size} of them at first.\n`,
    ].join('\n'),
  )
  const { 'one topic': outcome } = await show(plan, SHAPES, place)
  console.log('\nWithout a topic:\n')
  await show(plan, REMEDIES, place)
  console.log(`\nAnd where the count fails, for ${failingAfter.size} of them, once it was written:\n`)
  const { 'one topic, the count keyed': keyed } = await show({ ...plan, kills: [] }, AFTER, place)
  for (const each of [outcome, keyed]) {
    if (each?.lost !== 0 || each.twice !== 0) throw new Error('the topic has lost something, or done something twice')
  }
}

async function show(plan: Plan, group: Group, place: Place): Promise<Readonly<Record<string, Outcome>>> {
  const outcomes = await outcomesIn(plan, group, place)
  const names = ['posts', 'indexed', 'counted', 'notified', 'lost', 'twice'] as const
  const rowOf = ([name, outcome]: [string, Outcome]) => [name, ...names.map((each) => outcome[each])]
  const rows = Object.entries(outcomes).map(rowOf)
  console.log(tableOf(['', ...names], rows))
  return outcomes
}

/** All at once: they share nothing, and wait for their APIs to start most of the time. Each has ended, also where one of them fails. */
async function outcomesIn(plan: Plan, group: Group, place: Place): Promise<Readonly<Record<string, Outcome>>> {
  const experiments = Object.entries(group)
  const ended = await Promise.allSettled(experiments.map(([, experiment]) => outcomeIn(plan, experiment, place)))
  const outcomes = ended.map((one, at): [string, Outcome] => {
    if (one.status === 'rejected') throw one.reason
    return [experiments[at]?.[0] ?? '', one.value]
  })
  return Object.fromEntries(outcomes)
}
