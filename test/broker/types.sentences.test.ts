import assert from 'node:assert/strict'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { compiled } from '../types/compiled.ts'

const NOT_JSON = 'a payload must survive JSON: no Date, Map, Set, bigint or function in it'
const UNDEFINED = 'a payload cannot be undefined: JSON has no word for it'

const of = (payload: string): string => `topic<${payload}>('a')`

/** What does not compile, and what the compiler says. */
const refused: readonly (readonly [what: string, code: string, sentence: string])[] = [
  ['a Date', of('Date'), NOT_JSON],
  ['a Date in a field', of('{ at: Date }'), NOT_JSON],
  ['a Map, deep inside', of('{ a: { b: Map<string, string> }[] }'), NOT_JSON],
  ['a bigint', of('bigint'), NOT_JSON],
  ['a function', of('{ a: () => void }'), NOT_JSON],
  ['what may be a Set', of('string | Set<string>'), NOT_JSON],
  ['bytes', of('Uint8Array'), NOT_JSON],
  ['what is unknown', of('unknown'), NOT_JSON],
  ['undefined', of('undefined'), UNDEFINED],
  ['what may be undefined', of('{ id: string } | undefined'), UNDEFINED],
  ['a Date in a topic with a shape', "topic<{ at: Date }>('a', { partitions: 3 })", NOT_JSON],
  ['a Date as the parameter of a key', "topic('a', { key: ({ at }: { at: Date }) => String(at) })", NOT_JSON],
  ['a key without a parameter', "topic('a', { key: () => 'k' })", NOT_JSON],
  ['a Date as the input of a schema', "topic('a', { schema: takesDate })", NOT_JSON],
  ['a key that is no text', "topic('a', { key: ({ n }: { n: number }) => n })", "is not assignable to type 'string'"],
  ['a key of a field that there is not', "topic<{ id: string }>('a', { key: ({ ib }) => ib })", "'ib' does not exist"],
  [
    'a field of a shape that is misspelt',
    "topic<{ id: string }>('a', { partition: 3 })",
    "Did you mean to write 'partitions'?",
  ],
]

/** What does compile, though it looks like one of those. */
const taken: readonly (readonly [what: string, code: string])[] = [
  ['a payload that is a text', of('string')],
  ['a payload that is an array, or null', of('readonly string[] | null')],
  ['a payload that is any', of('any')],
  ['fields that may be undefined', of('{ a?: string | undefined; b: string | null }')],
  ['a field named task', of('{ task: string }')],
  ['a payload that contains itself', `interface Tree { children: readonly Tree[] }\n${of('Tree')}`],
  ['a Date as the output of a schema', "topic('a', { schema: makesDate })"],
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
        imports: { names: ['topic', 'takesDate', 'makesDate'], from: 'test/broker/sample.ts' },
        checks: path.join(import.meta.dirname, 'types.test.ts'),
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

  it('finds what types.test.ts says of topics to be true, and nothing else wrong', () => {
    const expected = new Set(refused.map((_, index) => fileOf('refused', index)))
    assert.deepEqual(
      [...printed].filter(([name]) => !expected.has(name)),
      [],
    )
  })
})
