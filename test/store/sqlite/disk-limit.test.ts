import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../worker/running.ts'
import type { Order } from './faulty-program.ts'
import { aFolder } from './folder.ts'
import { Child } from './lock-child.ts'

/** Less than one frame of the WAL. */
const A_PAGE = 4_096

type Answer = string | readonly number[] | Readonly<Record<string, number>>

class Limited extends Child<Answer> {
  order(order: Order): Promise<Answer | undefined> {
    return this.ask({ ...order })
  }

  async untilKept(first: number): Promise<number> {
    let n = first
    await until(async () => {
      n += 1
      return (await this.order({ verb: 'send', n })) === 'kept'
    })
    return n
  }
}

describe('a file that the system does not let grow', {
  skip: process.platform === 'linux' ? false : 'prlimit is on Linux only',
}, () => {
  it('refuses sends with a code, lets endings wait, and takes and writes them once it may grow: nothing runs twice', async () => {
    using folder = aFolder()
    await using child = new Limited('faulty-program.ts', [folder.file('a.db')])
    for (const n of [1, 2, 3]) assert.equal(await child.order({ verb: 'send', n }), 'kept')
    await child.order({ verb: 'run' })
    await until(async () => ((await child.order({ verb: 'runs' })) as readonly number[]).length === 2)
    await child.order({ verb: 'limit', bytes: A_PAGE })
    const refused = new Set<unknown>()
    for (let n = 10; n < 30; n += 1) refused.add(await child.order({ verb: 'send', n }))
    assert.deepEqual(refused, new Set(['disk_failed']))
    await child.order({ verb: 'end' })
    assert.deepEqual(await child.order({ verb: 'runs' }), [1, 2])
    await child.order({ verb: 'limit', bytes: 'unlimited' })
    const last = await child.untilKept(100)
    await until(async () => {
      const { waiting, running } = (await child.order({ verb: 'count' })) as { waiting: number; running: number }
      return waiting + running === 0
    })
    const runs = (await child.order({ verb: 'runs' })) as readonly number[]
    assert.deepEqual([runs.slice(0, 2), runs.length], [[1, 2], new Set(runs).size])
    for (const n of [3, last]) assert.ok(runs.includes(n), `${n} was acknowledged and did not run`)
  })
})
