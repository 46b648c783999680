import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Clock, systemClock } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { SharedRead } from '../shared-read.ts'

interface Begun {
  readonly signal: AbortSignal
  readonly ends: PromiseWithResolvers<string>
}

/** Reads that end when they are told, or when their signal is aborted. `begun` lists them. */
const controlled = (clock?: Clock) => {
  const begun: Begun[] = []
  const read = (signal: AbortSignal): Promise<string> => {
    const ends = Promise.withResolvers<string>()
    signal.addEventListener('abort', () => ends.reject(signal.reason))
    begun.push({ signal, ends })
    return ends.promise
  }
  const shared = new SharedRead(read, { timeoutMs: 1_000, ...(clock && { clock }) })
  return { shared, begun }
}

const never = (): AbortSignal => new AbortController().signal
/** Whatever waits for promises only has gone on. */
const settled = (): Promise<void> => systemClock.yield()

describe('a shared read', () => {
  it('gives those who ask while a read is under way the next one, all together', async () => {
    const { shared, begun } = controlled()
    const first = shared.ask(never())
    const later = Array.from({ length: 1_000 }, () => shared.ask(never()))
    await settled()
    assert.equal(begun.length, 1)
    begun[0]?.ends.resolve('first')
    assert.equal(await first, 'first')
    await settled()
    assert.equal(begun.length, 2)
    const latest = shared.ask(never())
    begun[1]?.ends.resolve('second')
    assert.deepEqual(new Set(await Promise.all(later)), new Set(['second']))
    await settled()
    begun[2]?.ends.resolve('third')
    assert.equal(await latest, 'third')
    assert.equal(begun.length, 3)
  })

  it('shows whoever asks everything that was written before', async () => {
    const rows: string[] = []
    const passed = Promise.withResolvers<void>()
    const sheet = new SharedRead(
      async () => {
        const seen = [...rows]
        await passed.promise
        return seen
      },
      { timeoutMs: 1_000 },
    )
    const before = sheet.ask(never())
    rows.push('written while a read is under way')
    const after = sheet.ask(never())
    passed.resolve()
    assert.deepEqual(await before, [])
    assert.deepEqual(await after, rows)
  })

  it('begins afresh after a pause', async () => {
    const { shared, begun } = controlled()
    for (const answer of ['first', 'second']) {
      const asked = shared.ask(never())
      begun.at(-1)?.ends.resolve(answer)
      assert.equal(await asked, answer)
      await settled()
    }
    assert.equal(begun.length, 2)
  })

  it('fails those who wait for a read that fails, and nobody else', async () => {
    const { shared, begun } = controlled()
    const first = assert.rejects(shared.ask(never()), /no sheet/)
    const next = [shared.ask(never()), shared.ask(never())]
    begun[0]?.ends.reject(new Error('no sheet'))
    await first
    await settled()
    begun[1]?.ends.resolve('rows')
    assert.deepEqual(await Promise.all(next), ['rows', 'rows'])
  })

  it('fails who asked where the read throws at once', async () => {
    const shared = new SharedRead(
      () => {
        throw new Error('at once')
      },
      { timeoutMs: 1_000 },
    )
    await assert.rejects(shared.ask(never()), /at once/)
    await assert.rejects(shared.ask(never()), /at once/)
  })

  it('lets go who gives up, and reads on for the others', async () => {
    const { shared, begun } = controlled()
    const first = shared.ask(never())
    const stop = new AbortController()
    const gone = assert.rejects(shared.ask(stop.signal), /no more/)
    const next = shared.ask(never())
    stop.abort(new Error('no more'))
    await gone
    begun[0]?.ends.resolve('first')
    await first
    await settled()
    begun[1]?.ends.resolve('second')
    assert.equal(await next, 'second')
  })

  it('gives up a read that nobody waits for any more, and begins none that nobody wants', async () => {
    const { shared, begun } = controlled()
    const stop = new AbortController()
    const both = [shared.ask(stop.signal), shared.ask(stop.signal)].map((asked) => assert.rejects(asked, /no more/))
    stop.abort(new Error('no more'))
    await Promise.all(both)
    await settled()
    assert.equal(begun.length, 1)
    assert.equal(begun[0]?.signal.aborted, true)
    const again = shared.ask(never())
    begun[1]?.ends.resolve('again')
    assert.equal(await again, 'again')
  })

  it('does not begin for who has given up before', async () => {
    const { shared, begun } = controlled()
    await assert.rejects(shared.ask(AbortSignal.abort(new Error('before'))), /before/)
    assert.equal(begun.length, 0)
  })

  it('gives up a read that takes too long, and goes on with the next', async () => {
    const clock = new FakeClock()
    const { shared, begun } = controlled(clock)
    const hung = assert.rejects(shared.ask(never()), { name: 'TimeoutError', message: /had 1000 ms/ })
    const next = shared.ask(never())
    await clock.advance(1_000)
    await hung
    await settled()
    begun[1]?.ends.resolve('rows')
    assert.equal(await next, 'rows')
  })
})
