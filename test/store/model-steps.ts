import * as fc from 'fast-check'
import type { Ending } from '../../src/core/ending.ts'
import type { JobState } from '../../src/core/job.ts'
import type { Change, Once } from '../../src/store/store.ts'

/** Of each of the two stores; a call of one more can never fit. */
export const CAPACITY = 12

export const TASKS = ['a', 'b', 'c'] as const
type Task = (typeof TASKS)[number]

/** Which of the two stores is asked. */
export type By = 0 | 1

interface CallStep {
  readonly tasks: readonly Task[]
  readonly priority: number
  readonly delayMs: number
  readonly once: Once | undefined
  readonly onceByJob: readonly (Once | undefined)[] | undefined
}

/** The nth of what this store may settle: first what it has in work, then what is settled already. */
export interface SettleStep {
  readonly claim: number
  readonly ending:
    | { readonly kind: 'done'; readonly result: unknown }
    | { readonly kind: 'retry' | 'snoozed' | 'unknown'; readonly inMs: number }
    | Omit<Extract<Ending, { kind: 'dead' }>, 'tries'>
}

export interface RoomStep {
  readonly task: Task
  readonly places: number
  readonly isShared: boolean
}

export interface FilterStep {
  /** Each the nth job that was ever kept; one past the last is nobody's id. */
  readonly jobs: readonly number[] | undefined
  readonly state: JobState | undefined
  readonly task: Task | undefined
}

/** One thing that happens. All calls of one step come in one turn of the event loop. */
export type Step =
  | { readonly verb: 'enqueue'; readonly by: By; readonly calls: readonly CallStep[] }
  | {
      readonly verb: 'claim'
      readonly by: By
      readonly places: number
      readonly room: readonly RoomStep[]
      readonly sharedPlaces: number
      /** Settled in the same turn. */
      readonly settling: readonly SettleStep[]
      /** No store holds jobs that it has not handed out. */
      readonly isFresh: boolean
      /** Asks again at each ring of the bell, until it has all that there is room for. */
      readonly isPatient: boolean
    }
  | { readonly verb: 'settle'; readonly by: By; readonly settling: readonly SettleStep[] }
  | { readonly verb: 'change'; readonly by: By; readonly filter: FilterStep; readonly change: Change }
  | { readonly verb: 'find'; readonly by: By; readonly job: number }
  | {
      readonly verb: 'list'
      readonly by: By
      readonly filter: FilterStep
      readonly after: number | undefined
      readonly limit: number
    }
  | { readonly verb: 'recall'; readonly by: By; readonly prefix: string }
  | {
      readonly verb: 'remember'
      readonly by: By
      readonly name: string
      readonly value: string | undefined
      readonly expected: string | undefined
    }
  | { readonly verb: 'goOn'; readonly ms: number }
  | { readonly verb: 'reopen'; readonly by: By | 'both' }

const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 })
const by = fc.constantFrom<By>(0, 0, 0, 1)
const task = fc.constantFrom(...TASKS)
const ms = fc.constantFrom(0, 1, 500, 1_000, 3_000)
const nth = fc.nat(40)

const once = (scope: string): fc.Arbitrary<Once> =>
  fc.record({
    key: fc.constantFrom(`${scope} k`, `${scope} k`, `${scope} l`),
    content: fc.constantFrom('same', 'same', 'same', 'same', 'same', 'other'),
    forMs: fc.constantFrom(0, 500, 1_000),
  })

const tasks = fc.oneof(
  { weight: 12, arbitrary: fc.array(task, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(task, { minLength: CAPACITY - 3, maxLength: CAPACITY + 1, size: 'max' }) },
)
const plainCall: fc.Arbitrary<CallStep> = fc.record({
  tasks,
  priority: fc.constantFrom(0, 8, 8, 8, 15),
  delayMs: fc.constantFrom(0, 0, 0, 500, 1_000, -500),
  once: fc.constant(undefined),
  onceByJob: fc.constant(undefined),
})
const onceCall: fc.Arbitrary<CallStep> = fc.record({
  tasks,
  priority: fc.constantFrom(8, 15),
  delayMs: fc.constantFrom(0, 1_000),
  once: maybe(once('call')),
  onceByJob: maybe(fc.array(maybe(once('task')), { maxLength: 4 })),
})

const tryAgain = fc.record({
  kind: fc.constantFrom('retry' as const, 'snoozed' as const, 'unknown' as const),
  inMs: fc.constantFrom(-500, 0, 0, 500, 1_000),
})
const done = fc.record({ kind: fc.constant('done' as const), result: maybe(fc.jsonValue({ maxDepth: 1 })) })
const dead = fc.record({
  kind: fc.constant('dead' as const),
  reason: fc.constantFrom('permanent' as const, 'attempts_used_up' as const),
  error: fc.constantFrom('it is bad', ''),
})
const settling: fc.Arbitrary<SettleStep> = fc.record({
  claim: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 9),
  ending: fc.oneof({ weight: 3, arbitrary: done }, { weight: 2, arbitrary: tryAgain }, { weight: 2, arbitrary: dead }),
})
const settlings = (minLength: number): fc.Arbitrary<SettleStep[]> => fc.array(settling, { minLength, maxLength: 4 })

const ofTask = fc.record({ task, places: fc.nat(4), isShared: fc.boolean() })
const room: fc.Arbitrary<readonly RoomStep[]> = fc.oneof(
  fc.uniqueArray(ofTask, { selector: (each) => each.task, maxLength: 3 }),
  fc.constant(TASKS.map((each) => ({ task: each, places: CAPACITY, isShared: false }))),
)
const filter: fc.Arbitrary<FilterStep> = fc.record({
  jobs: maybe(fc.array(nth, { maxLength: 4 })),
  state: maybe(fc.constantFrom('waiting' as const, 'running' as const, 'done' as const, 'dead' as const)),
  task: maybe(task),
})
const REPLAY: Change = { kind: 'replay' }
const anyone: FilterStep = { jobs: undefined, state: undefined, task: undefined }
const change: fc.Arbitrary<Change> = fc.constantFrom<Change>(REPLAY, { kind: 'progress', part: 0.5 })
const fact = fc.constantFrom('f/x', 'f/y', 'g/x')
const value = maybe(fc.constantFrom('1', '2'))

const verb = <Name extends Step['verb']>(name: Name): fc.Arbitrary<Name> => fc.constant(name)

/** What may happen, and how often. */
export const steps: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[] = [
  {
    weight: 4,
    arbitrary: fc.record({
      verb: verb('enqueue'),
      by,
      calls: fc.array(plainCall, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ verb: verb('enqueue'), by, calls: fc.tuple(onceCall) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      verb: verb('claim'),
      by,
      places: fc.constantFrom(0, 1, 2, 4, CAPACITY),
      room,
      sharedPlaces: fc.nat(4),
      settling: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, settlings(1)),
      isFresh: fc.boolean(),
      isPatient: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 8, arbitrary: fc.record({ verb: verb('settle'), by, settling: settlings(1) }) },
  { weight: 2, arbitrary: fc.record({ verb: verb('change'), by, filter, change }) },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: verb('change'),
      by,
      filter: fc.constant(anyone),
      change: fc.constant(REPLAY),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: verb('find'), by, job: nth }) },
  {
    weight: 2,
    arbitrary: fc.record({ verb: verb('list'), by, filter, after: maybe(nth), limit: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ verb: verb('recall'), by, prefix: fc.constantFrom('', 'f/', 'g', 'h') }) },
  { weight: 2, arbitrary: fc.record({ verb: verb('remember'), by, name: fact, value, expected: value }) },
  { weight: 4, arbitrary: fc.record({ verb: verb('goOn'), ms }) },
  { weight: 1, arbitrary: fc.record({ verb: verb('reopen'), by: fc.constantFrom<By | 'both'>(0, 1, 'both') }) },
]
