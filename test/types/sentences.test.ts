import assert from 'node:assert/strict'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { compiled } from './compiled.ts'

const NO_FIELDS = 'a payload must be an object with named fields'
const FIELD_TASK = 'a payload cannot have a field named \\"task\\": it names the task in the message'
const NOT_JSON = 'a payload must survive JSON: no Date, Map, Set, bigint or function in it'

const taking = (payload: string): string => `new Worker({ tasks: { a: async (_payload: ${payload}) => {} } })`
const receipts = `const worker = new Worker({ tasks: {
  issueReceipt: async (_payload: { ticketId: string }) => {},
  appendToTracker: async (_payload: { ticketId: string; sheet: string }) => {},
} })
export const sent = `

/** What does not compile, and what the compiler says. */
const refused: readonly (readonly [what: string, code: string, sentence: string])[] = [
  ['a payload that is a text', taking('string'), NO_FIELDS],
  ['a payload that is an array', taking('string[]'), NO_FIELDS],
  ['a payload that may be a text', taking('{ id: string } | string'), NO_FIELDS],
  ['a payload that is unknown', taking('unknown'), NO_FIELDS],
  ['a payload that is null', taking('null'), NO_FIELDS],
  ['a field named task', taking('{ task: string; id: string }'), FIELD_TASK],
  ['a field named task in one of several payloads', taking('{ id: string } | { task: string }'), FIELD_TASK],
  ['fields of any name', taking('Record<string, number>'), FIELD_TASK],
  ['a Date', taking('{ at: Date }'), NOT_JSON],
  ['a Map, deep inside', taking('{ a: { b: Map<string, string> }[] }'), NOT_JSON],
  ['a Set', taking('{ a: ReadonlySet<string> }'), NOT_JSON],
  ['a bigint', taking('{ a: bigint }'), NOT_JSON],
  ['a symbol', taking('{ a: symbol }'), NOT_JSON],
  ['a function', taking('{ a: () => void }'), NOT_JSON],
  ['a Promise', taking('{ a: Promise<string> }'), NOT_JSON],
  ['bytes', taking('{ a: Uint8Array }'), NOT_JSON],
  ['what is unknown', taking('{ a: unknown }'), NOT_JSON],
  [
    'a Date in a task made by task()',
    'new Worker({ tasks: { a: task({ run: async (_payload: { at: Date }) => {} }) } })',
    NOT_JSON,
  ],
  ['a task without a handler', 'task({ timeoutMs: 1 })', "Property 'run' is missing"],
  [
    'an object that was not made by task()',
    'new Worker({ tasks: { a: { run: async (_payload: { id: string }) => {} } } })',
    "'run' does not exist in type 'AnyTask'",
  ],
  [
    'a task whose name is misspelt',
    `${receipts}worker.send({ task: 'issueReceit', ticketId: 'a' })`,
    `Did you mean '"issueReceipt"'?`,
  ],
  [
    'a message without one of its fields',
    `${receipts}worker.send({ task: 'appendToTracker', ticketId: 'a' })`,
    "Property 'sheet' is missing",
  ],
]

/** What does compile, though it looks like one of those. */
const taken: readonly (readonly [what: string, code: string])[] = [
  ['a handler without a payload', 'new Worker({ tasks: { a: () => {} } })'],
  ['a payload without fields', taking('object')],
  ['a payload that is any', taking('any')],
  ['a branded text', taking("{ id: string & { readonly __brand: 'Id' } }")],
  ['fields that may be undefined', taking('{ a?: string | undefined; b: string | null }')],
  ['a payload that contains itself', 'interface Tree { children: readonly Tree[] }\n' + taking('Tree')],
]

describe('the compiler', () => {
  let printed: ReadonlyMap<string, string> = new Map()
  const fileOf = (kind: string, index: number): string => `${kind}-${index}.ts`

  before(async () => {
    printed = await compiled(
      new Map([
        ...refused.map(([, code], index) => [fileOf('refused', index), code] as const),
        ...taken.map(([, code], index) => [fileOf('taken', index), code] as const),
      ]),
      {
        imports: { names: ['task', 'Worker'], from: 'src/index.ts' },
        checks: path.join(import.meta.dirname, '../types.test.ts'),
      },
    )
  })

  for (const [index, [what, , sentence]] of refused.entries()) {
    it(`refuses ${what}, and says why`, () => {
      const errors = printed.get(fileOf('refused', index)) ?? 'it compiles'
      assert.ok(errors.includes(sentence), errors)
      assert.equal(errors.match(/^\S+\(\d+,\d+\): error TS/gm)?.length, 1, errors)
    })
  }

  for (const [index, [what]] of taken.entries()) {
    it(`takes ${what}`, () => {
      assert.equal(printed.get(fileOf('taken', index)), undefined)
    })
  }

  it('finds what types.test.ts says of the public types to be true, and nothing else wrong', () => {
    const expected = new Set(refused.map((_, index) => fileOf('refused', index)))
    assert.deepEqual(
      [...printed].filter(([name]) => !expected.has(name)),
      [],
    )
  })
})
