import { Places } from './places.ts'
import { messagesOf, type Noop, type Pass } from './subject.ts'

// What is fair, for peers that have no bound of their own:
// - At most 100 messages are sent and not yet worked, as with a `capacity` of 100. In calls of 100 that means: give 100, wait
//   for all of them, since `send` of 100 waits until 100 places are free. One by one: wait only where 100 are unfinished.
// - Where a caller could be written in several ways, each was tried and the peer got the fastest: `Promise.all` over 100 pushes
//   (not `drained()`), an array to `push` of async.queue, callbacks instead of its promises, a `catch` only where messages fail,
//   a count of places instead of p-queue's `onSizeLessThan` (half as fast), no `await` for a message that has room.
// - The handler is the same asynchronous function, the message a fresh object, and each run is counted in the same ledger.
// - Each case is warmed up with 200,000 messages before the clock starts (run-case.ts).

/** In calls of `callSize`: each call's promises, all of them awaited before the next call. */
export function inCalls(callSize: number, push: (message: Noop) => Promise<void>): Pass {
  return async (count) => {
    for (let first = 0; first < count; first += callSize) {
      await Promise.all(messagesOf(first, Math.min(first + callSize, count)).map(push))
    }
  }
}

/** In calls of `callSize`, for callbacks: `push` is given a call's messages, and calls `worked` once for each of them. */
export function inCallsWithCallbacks(
  callSize: number,
  push: (messages: Noop[], worked: (thrown?: Error | null) => void) => void,
): Pass {
  return async (count) => {
    for (let first = 0; first < count; first += callSize) {
      const messages = messagesOf(first, Math.min(first + callSize, count))
      await new Promise<void>((resolve, reject) => {
        let open = messages.length
        push(messages, (thrown) => {
          open -= 1
          if (thrown) reject(thrown)
          else if (open === 0) resolve()
        })
      })
    }
  }
}

/** One by one: `push` calls `worked` when its message has been worked. */
export function oneByOne(push: (message: Noop, worked: () => void) => void): Pass {
  const places = new Places()
  return async (count) => {
    for (let n = 0; n < count; n += 1) {
      const room = places.take()
      if (room !== undefined) await room
      push({ n }, places.give)
    }
    await places.allFree()
  }
}
