import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Events, subscribe, Upstream, UpstreamError } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'

function receipts(): { readonly clock: FakeClock; readonly upstream: Upstream; at(ms: number): Date } {
  const clock = new FakeClock()
  const startedAt = clock.now()
  const upstream = new Upstream('receipts', { clock, random: () => 0.5, failuresToClose: 1 })
  return { clock, upstream, at: (ms) => new Date(startedAt + ms) }
}

/** One call, from its beginning to its end. */
function call(upstream: Upstream): void {
  const begun = upstream.begin() ?? assert.fail('there is no place')
  upstream.answered()
  begun.end()
}

describe('an upstream that others have found down', () => {
  it('is closed until they say, and then one call tries it', async () => {
    const { clock, upstream, at } = receipts()
    upstream.heardClosed(at(1_000), 'UpstreamError: 503')
    assert.deepEqual([upstream.closedUntil, upstream.closedBecause], [at(1_000), 'UpstreamError: 503'])
    assert.deepEqual([upstream.free(), upstream.freeInMs()], [0, 1_000])
    await clock.advance(1_000)
    assert.deepEqual([upstream.free(), upstream.isDown], [1, true])
  })

  it('stays closed for longer where it is here', () => {
    const { upstream, at } = receipts()
    upstream.close(at(2_000), 'maintenance')
    upstream.heardClosed(at(1_000), 'UpstreamError: 503')
    assert.deepEqual([upstream.closedUntil, upstream.closedBecause], [at(2_000), 'maintenance'])
  })

  it('opens step by step once they have found it well, also before its time', () => {
    const { upstream, at } = receipts()
    upstream.heardClosed(at(60_000), 'UpstreamError: 503')
    upstream.heardOpened()
    assert.deepEqual([upstream.closedUntil, upstream.isDown, upstream.free()], [undefined, false, 1])
    call(upstream)
    assert.equal(upstream.free(), 2)
  })

  it('closes again by what its calls say', () => {
    const { upstream, at } = receipts()
    upstream.heardClosed(at(60_000), 'UpstreamError: 503')
    upstream.heardOpened()
    upstream.failed(new UpstreamError('500'))
    assert.deepEqual(upstream.closedUntil, at(500))
  })

  it('is told of as one that was closed and opened here, but is no turn of its own', () => {
    const { upstream, at } = receipts()
    const told: (Events['upstream.closed'] | Events['upstream.opened'])[] = []
    const ends = [
      subscribe('upstream.closed', (fact) => told.push(fact)),
      subscribe('upstream.opened', (fact) => told.push(fact)),
    ]
    let rings = 0
    const deafen = upstream.onRoom(() => (rings += 1))
    upstream.heardClosed(at(1_000), 'UpstreamError: 503')
    upstream.heardOpened()
    for (const end of [...ends, deafen]) end()
    assert.deepEqual(told, [
      { upstream: 'receipts', why: 'UpstreamError: 503', until: at(1_000) },
      { upstream: 'receipts', why: 'another process found it well' },
    ])
    assert.deepEqual([rings, upstream.turns], [2, 0])
  })
})

describe('an upstream that is well', () => {
  it('stays fully open when others have found it well', () => {
    const { upstream } = receipts()
    upstream.heardOpened()
    assert.deepEqual([upstream.free(), upstream.turns], [Number.POSITIVE_INFINITY, 0])
  })
})

describe('a turn of an upstream', () => {
  it('is each closing and each opening, whatever brought it about', async () => {
    const { clock, upstream, at } = receipts()
    const turns: number[] = []
    const act = (what: () => void): void => {
      what()
      turns.push(upstream.turns)
    }
    act(() => upstream.failed(new UpstreamError('500')))
    act(() => upstream.failed(new UpstreamError('500')))
    await clock.advance(500)
    act(() => upstream.begin()?.end())
    act(() => upstream.open())
    act(() => upstream.close(at(60_000)))
    act(() => upstream.close(at(50_000)))
    await clock.advance(60_000)
    act(() => call(upstream))
    assert.deepEqual(turns, [1, 1, 2, 3, 4, 4, 5])
  })
})
