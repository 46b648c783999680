import fastq from 'fastq'
import { inCallsWithCallbacks, oneByOne } from './fair-passes.ts'
import { CONCURRENCY, type MakePass, type Noop } from './subject.ts'

export const fastqCallback: MakePass = ({ handler, callSize }) => {
  const queue = fastq<unknown, Noop, void>((message, ended) => {
    handler(message).then(() => ended(null), ended)
  }, CONCURRENCY)
  if (callSize === 1) return oneByOne((message, worked) => queue.push(message, worked))
  return inCallsWithCallbacks(callSize, (messages, worked) => {
    for (const message of messages) queue.push(message, worked)
  })
}
