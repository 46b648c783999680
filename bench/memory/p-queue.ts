import PQueue from 'p-queue'
import { inCalls, oneByOne } from './fair-passes.ts'
import { CONCURRENCY, type MakePass, type Noop } from './subject.ts'

export const pQueue: MakePass = ({ handler, callSize, failing }) => {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const add = (message: Noop): Promise<void> => queue.add(() => handler(message))
  const addUntilDone = (message: Noop): Promise<void> => add(message).catch(() => addUntilDone(message))
  if (callSize === 1) return oneByOne((message, worked) => void add(message).then(worked))
  return inCalls(callSize, failing ? addUntilDone : add)
}
