import type { Exchange } from './exchange.ts'
import type { Call, Failure, Reply } from './failure.ts'
import type { Outages } from './outages.ts'
import type { Tally } from './statistics.ts'

export interface StruckCallParts {
  readonly failure: Pick<Failure, 'name'>
  readonly effect: () => Reply
  readonly exchange: Pick<Exchange, 'answer' | 'hold' | 'reset' | 'keepSilent'>
  readonly outages: Pick<Outages, 'strike'>
  readonly tally: Pick<Tally, 'answered' | 'failed' | 'held'>
}

/** A call for its failure to play with. What becomes of it is counted before the caller can see it. */
export function struckCall({ failure, effect, exchange, outages, tally }: StruckCallParts): Call {
  const failed = (): void => tally.failed(failure.name)
  return {
    effect,
    answer: (reply) => {
      failed()
      exchange.answer(reply)
    },
    answerLate: (delayMs, reply) => {
      tally.held()
      const answer = (): void => {
        tally.answered(reply)
        exchange.answer(reply)
      }
      exchange.hold(delayMs, answer, failed)
    },
    reset: () => {
      failed()
      exchange.reset()
    },
    keepSilent: () => {
      failed()
      exchange.keepSilent()
    },
    strike: () => outages.strike(),
  }
}
