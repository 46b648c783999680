import { Worker } from '../../src/index.ts'
import { CONCURRENCY, type MakePass, PLACES } from './subject.ts'

/** The real Worker with its defaults: attempts, time-outs, events. Only where messages fail is the back-off set, to 0. */
export const willcall: MakePass = ({ handler, callSize, failing, signal }) => {
  const worker = new Worker({
    tasks: { noop: handler },
    capacity: PLACES,
    concurrency: CONCURRENCY,
    ...(failing ? { retry: { minMs: 0, maxMs: 0 } } : {}),
  })
  void worker.run(signal)

  const inCalls = async (count: number): Promise<void> => {
    for (let first = 0; first < count; first += callSize) {
      const messages = []
      for (let n = first; n < first + callSize && n < count; n += 1) messages.push(message(n))
      await worker.send(...messages)
    }
  }
  // As a caller writes it: an await for each message, whether there is room or not.
  const oneByOne = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await worker.send(message(n))
  }
  const send = callSize === 1 ? oneByOne : inCalls
  return async (count) => {
    await send(count)
    await worker.idle()
  }
}

function message(n: number): { readonly task: 'noop'; readonly n: number } {
  return { task: 'noop', n }
}
