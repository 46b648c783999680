import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Channel } from '../../src/channel/channel.ts'
import { systemClock } from '../../src/core/clock.ts'

export const NOT_YET = Symbol('not yet')

/** What the promise has come to by the end of this turn of the event loop. */
export const soon = <T>(promise: Promise<T>): Promise<T | typeof NOT_YET> =>
  Promise.race([promise, systemClock.yield().then((): typeof NOT_YET => NOT_YET)])

/** What a receiver gets where there was a value. */
export const value = <T>(received: T): { done: false; value: T } => ({ done: false, value: received })

/** What a receiver gets from a channel that is closed and drained. */
export const DRAINED = { done: true, value: undefined } as const

/** A channel without room: the values are 0 to `capacity - 1`. */
export const filled = (capacity: number): Channel<number> => {
  const channel = new Channel<number>(capacity)
  for (let sent = 0; sent < capacity; sent += 1) channel.trySend(sent)
  return channel
}

/** Takes the values that can be taken at once. */
export const drain = <T>(channel: Channel<T>): T[] => {
  const values: T[] = []
  for (;;) {
    const received = channel.tryReceive()
    if (received === undefined || received.done) return values
    values.push(received.value)
  }
}

/** What a program of its own prints that is given a `channel`: away from the hooks of the test runner. */
export const printedBy = async (program: string, capacity: number): Promise<string> => {
  const from = JSON.stringify(new URL('../../src/channel/channel.ts', import.meta.url).href)
  const whole = `import { Channel } from ${from}\nconst channel = new Channel(${capacity})\n${program}`
  const flags = ['--expose-gc', '--input-type=module', '--eval', whole]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  return stdout.trim()
}

/** The next value; fails where there is none to come. */
export const take = async <T>(channel: Pick<Channel<T>, 'receive'>): Promise<T> => {
  const received = await channel.receive()
  if (received.done) throw new Error('the channel is closed and drained')
  return received.value
}
