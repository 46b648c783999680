import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import { type Experiment, outcomeIn } from '../experiment.ts'
import { type Plan, planOf } from '../plan.ts'

const LIMIT_MS = 300_000
const EACH_POST_ONCE = { lost: 0, twice: 0 }

let folder: ReturnType<typeof temporaryFolder>
before(() => {
  folder = temporaryFolder('blog')
})
after(() => folder[Symbol.dispose]())

const outcomeOf = (plan: Plan, experiment: Experiment) =>
  outcomeIn(plan, experiment, { folder: folder.path, signal: AbortSignal.timeout(LIMIT_MS) })
const outcome = (seed: number, experiment: Experiment) => outcomeOf(planOf(seed), experiment)

describe('posts of which indexing fails at first, and whose API is killed between two writes', {
  timeout: LIMIT_MS,
}, () => {
  for (const [seed, counted] of [
    [1, 60],
    [2, 52],
    [3, 48],
  ] as const) {
    it(`are counted again at each failure by one queue, with seed ${seed}`, async () => {
      const done = { posts: 38, indexed: 38, counted, notified: 38 }
      assert.deepEqual(await outcome(seed, { way: 'oneQueue' }), { ...done, lost: 0, twice: counted - 38 })
    })

    it(`are not counted, or nobody is notified, where one of three queues was not written, with seed ${seed}`, async () => {
      const done = { posts: 39, indexed: 39, counted: 38, notified: 37 }
      assert.deepEqual(await outcome(seed, { way: 'threeQueues' }), { ...done, lost: 3, twice: 0 })
    })

    it(`are indexed, counted and notified of once by one topic, with seed ${seed}`, async () => {
      const done = { posts: 38, indexed: 38, counted: 38, notified: 38 }
      assert.deepEqual(await outcome(seed, { way: 'oneTopic' }), { ...done, ...EACH_POST_ONCE })
    })
  }
})

describe('what helps', { timeout: LIMIT_MS }, () => {
  it('a count under its idempotency key is made once by one queue, too', async () => {
    const done = { posts: 38, indexed: 38, counted: 38, notified: 38 }
    assert.deepEqual(await outcome(1, { way: 'oneQueue', isKeyed: true }), { ...done, ...EACH_POST_ONCE })
  })

  it('three queues that are written at once have all of a post, or nothing', async () => {
    const done = { posts: 38, indexed: 38, counted: 38, notified: 38 }
    assert.deepEqual(await outcome(1, { way: 'threeQueuesOneSend' }), { ...done, ...EACH_POST_ONCE })
  })

  it('a count that fails after its effect is made again by a topic, unless it is made under its idempotency key', async () => {
    const plan = { ...planOf(1), kills: [] }
    const failing = { way: 'oneTopic', failsAfter: true } as const
    const [plain, keyed] = await Promise.all([outcomeOf(plan, failing), outcomeOf(plan, { ...failing, isKeyed: true })])
    const { size } = plan.failingAfter
    assert.ok(size > 0)
    assert.deepEqual([plain.counted, plain.lost, plain.twice], [40 + size, 0, size])
    assert.deepEqual([keyed.counted, keyed.lost, keyed.twice], [40, 0, 0])
  })
})
