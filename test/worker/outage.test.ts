import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Counts, task, Upstream, UpstreamError, Worker } from '../../src/index.ts'
import { FakeClock, seededRandom } from '../../src/testing/index.ts'
import { running } from './running.ts'

const CALL_MS = 20

interface Ticket {
  readonly ticketId: number
}

/** An API that answers after 20 ms, and is down for a time. */
class Api {
  readonly doneAt: number[] = []
  /** Calls that met the outage: when they began, and how many were under way with them. */
  readonly inVain: { at: number; atOnce: number }[] = []
  readonly #clock: FakeClock
  readonly #isDown: (now: number) => boolean
  #atOnce = 0

  constructor(clock: FakeClock, isDown: (now: number) => boolean) {
    this.#clock = clock
    this.#isDown = isDown
  }

  async call(): Promise<void> {
    const at = this.#clock.elapsed()
    const isDown = this.#isDown(at)
    this.#atOnce += 1
    if (isDown) this.inVain.push({ at, atOnce: this.#atOnce })
    await new Promise<void>((resolve) => this.#clock.after(CALL_MS, resolve))
    this.#atOnce -= 1
    if (isDown) throw new UpstreamError('500')
    this.doneAt.push(this.#clock.elapsed())
  }
}

function messages<const Name>(name: Name, count: number): { readonly task: Name; readonly ticketId: number }[] {
  return Array.from({ length: count }, (_, ticketId) => ({ task: name, ticketId }))
}

/** Handlers wait for the clock here, so it goes on although jobs are in work. */
async function jumpUntilDone(worker: { count(): Promise<Counts> }, clock: FakeClock): Promise<void> {
  for (let left = 1; left > 0; ) {
    await clock.jump()
    const { waiting, running: inWork } = await worker.count()
    left = waiting + inWork
  }
}

const between = (times: readonly number[], from: number, to: number): number =>
  times.filter((at) => at >= from && at < to).length

describe('receipts that are down for 20 s', () => {
  const DOWN_AT = 1_000
  const UP_AT = 21_000

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`leave the tracker at its rate, are called one at a time, and are done within 10 s afterwards (seed ${seed})`, async () => {
      const clock = new FakeClock()
      const random = seededRandom(seed)
      const receipts = new Api(clock, (now) => now >= DOWN_AT && now < UP_AT)
      const rows = new Api(clock, () => false)
      const upstream = new Upstream('receipts', { concurrency: 8, clock, random })
      const worker = new Worker({
        tasks: {
          issueReceipt: task({ upstream, run: (_ticket: Ticket) => receipts.call() }),
          appendToTracker: task({ concurrency: 4, run: (_ticket: Ticket) => rows.call() }),
        },
        concurrency: 20,
        capacity: 10_000,
        clock,
        random,
      })
      await worker.send(...messages('appendToTracker', 4_000))
      await worker.with({ delayMs: DOWN_AT }).send(...messages('issueReceipt', 200))
      await using _ = running(worker)
      await jumpUntilDone(worker, clock)

      const perSecond = between(rows.doneAt, 0, DOWN_AT)
      assert.ok(between(rows.doneAt, 10_000, 11_000) >= 0.9 * perSecond)
      const [first = assert.fail(), ...probes] = receipts.inVain.filter(({ at }) => at > DOWN_AT + CALL_MS)
      for (const { atOnce } of [first, ...probes]) assert.equal(atOnce, 1)
      assert.ok(receipts.inVain.length < 30, `${receipts.inVain.length} calls`)
      assert.equal(receipts.doneAt.length, 200)
      assert.ok(Math.max(...receipts.doneAt) <= UP_AT + 10_000)
      const spent = (await worker.list({ task: 'issueReceipt', limit: 1_000 })).filter(({ attempts }) => attempts > 0)
      assert.equal(spent.length, 4, 'only the failures before the one that closed it')
    })
  }
})

describe('an outage that each call prolongs by 100 ms', () => {
  it('is over within 5 s for 20 messages', async () => {
    const clock = new FakeClock()
    const random = seededRandom(1)
    let upAt = 500
    const api = new Api(clock, (now) => {
      if (now >= upAt) return false
      upAt += 100
      return true
    })
    const upstream = new Upstream('receipts', { clock, random })
    const run = (_ticket: Ticket): Promise<void> => api.call()
    const worker = new Worker({ tasks: { issueReceipt: task({ upstream, run }) }, clock, random })
    await worker.send(...messages('issueReceipt', 20))
    await using _ = running(worker)
    await jumpUntilDone(worker, clock)
    assert.equal(api.doneAt.length, 20)
    assert.ok(Math.max(...api.doneAt) <= 5_000)
  })
})
