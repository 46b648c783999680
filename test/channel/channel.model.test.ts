import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { getEventListeners } from 'node:events'
import { env } from 'node:process'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { Channel, type Received } from '../../src/channel/channel.ts'
import { systemClock } from '../../src/core/clock.ts'
import { ChannelClosedError } from '../../src/core/errors.ts'

/** fast-check prints the seed of a run that failed; `SEED=… node --test …` runs it again. */
const seed = Number(env['SEED'] ?? randomInt(2 ** 31))

const SIGNALS = 4

/** One thing done to a channel. A `signal` is the number of one, or undefined for none. */
type Step =
  | { readonly verb: 'send'; readonly blank: boolean; readonly signal: number | undefined }
  | { readonly verb: 'receive'; readonly signal: number | undefined }
  | { readonly verb: 'abort'; readonly signal: number }
  | { readonly verb: 'trySend' | 'tryReceive' | 'close' | 'microtask' | 'turn' }

type Value = number | undefined

/** How a `send` or a `receive` ended. */
type Ending = 'sent' | 'drained' | { received: Value } | { undelivered: Value } | { gaveUp: unknown }

interface Wait {
  readonly id: number
  readonly value: Value
  readonly signal: number | undefined
}

/** A channel as plain arrays: what every call would come to if nothing ever took time. */
class Model {
  readonly capacity: number
  values: Value[] = []
  senders: Wait[] = []
  receivers: Wait[] = []
  closed = false
  readonly aborted = new Set<number>()
  readonly endings = new Map<number, Ending>()
  /** Who waited and was then served, in this order. */
  readonly served: number[] = []

  constructor(capacity: number) {
    this.capacity = capacity
  }

  send(wait: Wait): void {
    if (wait.signal !== undefined && this.aborted.has(wait.signal)) this.endings.set(wait.id, { gaveUp: wait.signal })
    else if (this.closed) this.endings.set(wait.id, { undelivered: wait.value })
    else if (this.trySend(wait.value)) this.endings.set(wait.id, 'sent')
    else this.senders.push(wait)
  }

  trySend(value: Value): boolean {
    const receiver = this.receivers.shift()
    if (receiver !== undefined) {
      this.endings.set(receiver.id, { received: value })
      this.served.push(receiver.id)
      return true
    }
    return this.values.length < this.capacity && this.values.push(value) > 0
  }

  receive(wait: Wait): void {
    if (wait.signal !== undefined && this.aborted.has(wait.signal)) {
      this.endings.set(wait.id, { gaveUp: wait.signal })
      return
    }
    const ending = this.tryReceive()
    if (ending === undefined) this.receivers.push(wait)
    else this.endings.set(wait.id, ending)
  }

  tryReceive(): Ending | undefined {
    if (this.values.length === 0) return this.closed ? 'drained' : undefined
    const received = this.values.shift()
    const sender = this.senders.shift()
    if (sender !== undefined) {
      this.values.push(sender.value)
      this.endings.set(sender.id, 'sent')
      this.served.push(sender.id)
    }
    return { received }
  }

  abort(signal: number): void {
    this.aborted.add(signal)
    for (const wait of [...this.senders, ...this.receivers]) {
      if (wait.signal === signal) this.endings.set(wait.id, { gaveUp: signal })
    }
    this.senders = this.senders.filter((wait) => wait.signal !== signal)
    this.receivers = this.receivers.filter((wait) => wait.signal !== signal)
  }

  close(): void {
    this.closed = true
    for (const { id, value } of this.senders) this.endings.set(id, { undelivered: value })
    for (const { id } of this.receivers) this.endings.set(id, 'drained')
    this.senders = []
    this.receivers = []
  }

  waitsUnder(signal: number): boolean {
    return [...this.senders, ...this.receivers].some((wait) => wait.signal === signal)
  }
}

const endingOfReceive = (received: Received<Value>): Ending =>
  received.done ? 'drained' : { received: received.value }

const endingOfError = (error: unknown): Ending =>
  error instanceof ChannelClosedError ? { undelivered: error.undelivered } : { gaveUp: error }

const signal = fc.nat(SIGNALS - 1)
const maybeSignal = fc.option(signal, { nil: undefined, freq: 2 })
const constant = <V extends string>(verb: V): fc.Arbitrary<{ verb: V }> => fc.constant({ verb })
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Step>[]>(
    {
      weight: 10,
      arbitrary: fc.record({ verb: fc.constant('send'), blank: fc.boolean(), signal: maybeSignal }),
    },
    { weight: 6, arbitrary: fc.record({ verb: fc.constant('receive'), signal: maybeSignal }) },
    { weight: 5, arbitrary: constant('trySend') },
    { weight: 5, arbitrary: constant('tryReceive') },
    { weight: 2, arbitrary: constant('turn') },
    { weight: 2, arbitrary: constant('microtask') },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('abort'), signal }) },
    { weight: 1, arbitrary: constant('close') },
  ),
  { maxLength: 60, size: 'max' },
)

async function compare(capacity: number, all: readonly Step[]): Promise<void> {
  const channel = new Channel<Value>(capacity)
  const model = new Model(capacity)
  const controllers = Array.from({ length: SIGNALS }, () => new AbortController())
  const endings = new Map<number, Ending>()
  const waited = new Set<number>()
  const settled: number[] = []
  const optionsOf = (number: number | undefined) => ({
    signal: number === undefined ? undefined : controllers[number]?.signal,
  })
  const record = async (id: number, promise: Promise<Ending>): Promise<void> => {
    endings.set(id, await promise.catch(endingOfError))
    settled.push(id)
  }

  for (const [id, step] of [...all, { verb: 'turn' } as const].entries()) {
    switch (step.verb) {
      case 'send': {
        const value = step.blank ? undefined : id
        void record(
          id,
          channel.send(value, optionsOf(step.signal)).then((): Ending => 'sent'),
        )
        model.send({ id, value, signal: step.signal })
        if (!model.endings.has(id)) waited.add(id)
        break
      }
      case 'receive':
        void record(id, channel.receive(optionsOf(step.signal)).then(endingOfReceive))
        model.receive({ id, value: undefined, signal: step.signal })
        if (!model.endings.has(id)) waited.add(id)
        break
      case 'trySend':
        if (model.closed) assert.throws(() => channel.trySend(id), { undelivered: id })
        else assert.equal(channel.trySend(id), model.trySend(id))
        break
      case 'tryReceive': {
        const received = channel.tryReceive()
        const expected = model.tryReceive()
        if (received === undefined) assert.equal(expected, undefined)
        else assert.deepEqual(endingOfReceive(received), expected)
        break
      }
      case 'abort':
        controllers[step.signal]?.abort(step.signal)
        model.abort(step.signal)
        break
      case 'close':
        channel.close()
        model.close()
        break
      case 'microtask':
        // oxlint-disable-next-line no-await-in-loop -- the steps are taken one after the other
        await Promise.resolve()
        break
      case 'turn':
        // oxlint-disable-next-line no-await-in-loop -- the steps are taken one after the other
        await systemClock.yield()
        assert.deepEqual(endings, model.endings, 'between two turns everybody was told')
        break
      default:
        step satisfies never
    }
    assert.equal(channel.size, model.values.length)
    assert.equal(channel.closed, model.closed)
    for (const [number, { signal: each }] of controllers.entries()) {
      assert.equal(getEventListeners(each, 'abort').length, model.waitsUnder(number) ? 1 : 0)
    }
  }

  const sendersOf = (ids: readonly number[]) => ids.filter((id) => waited.has(id) && endings.get(id) === 'sent')
  const receiversOf = (ids: readonly number[]) =>
    ids.filter((id) => waited.has(id) && Object.hasOwn(Object(endings.get(id)), 'received'))
  assert.deepEqual(sendersOf(settled), sendersOf(model.served), 'waiting senders are told in the order of coming')
  assert.deepEqual(receiversOf(settled), receiversOf(model.served), 'waiting receivers are served in this order')
}

/** Lets so many microtasks pass; every fifth pause is a whole turn of the event loop. */
const pause = async (length: number): Promise<void> => {
  if (length % 5 === 4) return systemClock.yield()
  // oxlint-disable-next-line no-await-in-loop -- one microtask after the other
  for (let passed = 0; passed < length % 5; passed += 1) await Promise.resolve()
}

/** Many senders, many receivers, each with pauses of its own between its values. */
async function crowd(capacity: number, senders: number[][], receivers: number[][]): Promise<void> {
  const channel = new Channel<readonly [sender: number, ordinal: number]>(capacity)
  const received = receivers.map(async (lengths) => {
    const values: (readonly [number, number])[] = []
    for await (const value of channel) {
      values.push(value)
      await pause(lengths[values.length % lengths.length] ?? 0)
    }
    return values
  })
  await Promise.all(
    senders.map(async (lengths, sender) => {
      for (const [ordinal, length] of lengths.entries()) {
        // oxlint-disable-next-line no-await-in-loop -- a sender has one value after the other
        await pause(length)
        // oxlint-disable-next-line no-await-in-loop
        await channel.send([sender, ordinal])
      }
    }),
  )
  channel.close()
  const byReceiver = await Promise.all(received)
  for (const [sender, lengths] of senders.entries()) {
    const ordinals = byReceiver.map((values) =>
      values.filter(([from]) => from === sender).map(([, ordinal]) => ordinal),
    )
    for (const each of ordinals)
      assert.deepEqual(
        each,
        each.toSorted((a, b) => a - b),
      )
    assert.deepEqual(
      ordinals.flat().toSorted((a, b) => a - b),
      lengths.map((_, ordinal) => ordinal),
    )
  }
}

describe('Channel, compared with plain arrays', () => {
  it('every sequence of calls comes to what it comes to in a model of arrays', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 9 }), steps, compare), { seed, numRuns: 3_000 })
  })

  it('whatever many senders send comes to many receivers once, and in the order of its sender', async () => {
    const pauses = fc.array(fc.nat(9), { minLength: 1, maxLength: 12 })
    const many = fc.array(pauses, { minLength: 1, maxLength: 6 })
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 8 }), many, many, crowd), { seed, numRuns: 500 })
  })
})
