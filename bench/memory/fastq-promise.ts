import fastq from 'fastq'
import { inCalls, oneByOne } from './fair-passes.ts'
import { CONCURRENCY, type MakePass, type Noop } from './subject.ts'

export const fastqPromise: MakePass = ({ handler, callSize, failing }) => {
  const queue = fastq.promise<unknown, Noop, void>(handler, CONCURRENCY)
  const pushUntilDone = (message: Noop): Promise<void> => queue.push(message).catch(() => pushUntilDone(message))
  if (callSize === 1) return oneByOne((message, worked) => void queue.push(message).then(worked))
  return inCalls(callSize, failing ? pushUntilDone : (message) => queue.push(message))
}
