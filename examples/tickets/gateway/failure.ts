/** Ten times 0.1 is not 1. */
const MAX_ROUNDING = 1e-9

/** What is answered to a call: a status and a JSON body. */
export interface Reply {
  readonly status: number
  readonly body: unknown
}

/** A call whose body has arrived, for a failure to play with. */
interface Call {
  /** Does what the call asks for and returns the answer to it. Without it, the call has no effect. */
  readonly effect: () => Reply
  readonly answer: (reply: Reply) => void
}

/** One way in which the APIs fail. */
export interface Failure {
  readonly name: string
  /** The share of all calls that fail like this, from 0 to 1. */
  readonly rate: number
  readonly play: (call: Call) => void
}

export interface FailureRates {
  /** The share of calls that are answered with 500 before they take effect. Default: 0.3. */
  readonly failRate?: number | undefined
}

/** Every way to fail, each with its rate. A new one is a new line here and a new rate above. */
export function failuresAt({ failRate = 0.3 }: FailureRates = {}): readonly Failure[] {
  const failures: readonly Failure[] = [
    {
      name: 'status 500',
      rate: failRate,
      play: ({ answer }) => answer({ status: 500, body: { error: 'internal error' } }),
    },
  ]
  for (const { name, rate } of failures) {
    if (!(rate >= 0 && rate <= 1)) throw new RangeError(`the rate of "${name}" must be from 0 to 1, got ${rate}`)
  }
  const sum = failures.reduce((total, { rate }) => total + rate, 0)
  if (sum > 1 + MAX_ROUNDING) throw new RangeError(`the rates of all failures together must be at most 1, got ${sum}`)
  return failures
}

/** The failure of one call, or none. Takes one number from `random` whatever comes of it. */
export function drawFailure(failures: readonly Failure[], random: () => number): Failure | undefined {
  let rest = random()
  return failures.find(({ rate }) => {
    rest -= rate
    return rest < 0
  })
}
