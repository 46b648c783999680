import { queue } from 'async'
import { inCallsWithCallbacks, oneByOne } from './fair-passes.ts'
import { CONCURRENCY, type MakePass, type Noop } from './subject.ts'

export const asyncQueue: MakePass = ({ handler, callSize }) => {
  const asynced = queue<Noop>((message, ended) => {
    handler(message).then(() => ended(null), ended)
  }, CONCURRENCY)
  if (callSize === 1) return oneByOne((message, worked) => asynced.push(message, worked))
  return inCallsWithCallbacks(callSize, (messages, worked) => asynced.push(messages, worked))
}
