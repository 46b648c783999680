import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { PayloadError } from '../../src/core/errors.ts'
import { payloadOf } from '../../src/core/payload.ts'
import { keep, refusal } from './keep.ts'

const overJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** Without fields that are undefined, without prototypes of its own, and with one zero. */
function asJsonSays(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSays)
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [name, asJsonSays(field)]))
}

describe('a payload', () => {
  it('is the message without its task', () => {
    assert.deepEqual(keep({ ticketId: 't1', seats: [1, 2], to: { name: 'Ada', vip: true, note: null } }), {
      ticketId: 't1',
      seats: [1, 2],
      to: { name: 'Ada', vip: true, note: null },
    })
  })

  it('may have no fields', () => {
    assert.deepEqual(keep({}), {})
  })

  it('keeps a field named task that is not at its top', () => {
    assert.deepEqual(keep({ of: { task: 'b' } }), { of: { task: 'b' } })
  })

  it('is without the fields that are undefined, as JSON would leave it', () => {
    const payload = keep({ a: undefined, b: 1, c: { d: undefined, e: 2 } }) as { readonly c: object }
    assert.deepEqual(Object.keys(payload), ['b', 'c'])
    assert.equal(JSON.stringify(payload), '{"b":1,"c":{"e":2}}')
  })

  it('may be frozen, and may have no prototype', () => {
    const inner = Object.assign(Object.create(null) as object, { a: 1 })
    const message = Object.freeze(
      Object.assign(Object.create(null) as object, { task: 'a', inner: Object.freeze(inner) }),
    )
    assert.deepEqual(overJson(payloadOf(message as { task: string })), { inner: { a: 1 } })
  })

  it('is no later change of the message, but the message’s own nested values', () => {
    const message = { task: 'a', n: 1, list: [1] }
    const payload = payloadOf(message) as { readonly n: number; readonly list: object }
    message.n = 2
    assert.equal(payload.n, 1)
    assert.equal(payload.list, message.list)
  })
})

class Money {
  readonly amount = 1
}

describe('a payload is refused', () => {
  const notJson: readonly (readonly [string, unknown, string])[] = [
    ['a Date', new Date(0), 'a Date is not a JSON value'],
    ['a Map', new Map(), 'a Map is not a JSON value'],
    ['a Set', new Set(), 'a Set is not a JSON value'],
    ['a Buffer', Buffer.from('a'), 'a Buffer is not a JSON value'],
    ['a Promise', Promise.resolve(), 'a Promise is not a JSON value'],
    ['an instance of a class', new Money(), 'a Money is not a JSON value'],
    [
      'an instance of a class without a name',
      new (class {
        readonly amount = 1
      })(),
      'a value of a class is not a JSON value',
    ],
    ['an array of a class', new (class Rows extends Array {})(), 'a Rows is not a JSON value'],
    ['a function', () => 1, 'a function is not a JSON value'],
    ['a bigint', 1n, 'a bigint is not a JSON value'],
    ['a symbol', Symbol('a'), 'a symbol is not a JSON value'],
    ['NaN', Number.NaN, 'NaN is not a JSON'],
    ['Infinity', Number.POSITIVE_INFINITY, 'Infinity is not a JSON'],
    ['-Infinity', Number.NEGATIVE_INFINITY, '-Infinity is not a JSON'],
  ]
  for (const [what, value, why] of notJson) {
    it(`with ${what} in a field, deep in an object, or in an array`, () => {
      for (const [payload, where] of [
        [{ bad: value }, 'bad'],
        [{ deep: { in: { bad: value } } }, 'deep.in.bad'],
        [{ list: [0, value] }, 'list.1'],
      ] as const) {
        const { message, issues, code, given } = refusal(payload)
        assert.ok(message.startsWith(`the payload cannot be kept at ${where}: ${why}`), message)
        assert.equal(issues[0]?.path.join('.'), where)
        assert.equal(code, 'payload_refused')
        assert.deepEqual(given, { task: 'a', ...payload })
      }
    })
  }

  it('with undefined in an array, which JSON would turn into null', () => {
    assert.equal(
      refusal({ list: [undefined] }).message,
      'the payload cannot be kept at list.0: undefined is not a JSON value',
    )
  })

  it('with a sparse array, however long', () => {
    const list: unknown[] = []
    list[2 ** 32 - 2] = 1
    assert.match(refusal({ list }).message, /at list\.0: undefined is not/)
  })

  it('with a field of its own named __proto__, at its top and below', () => {
    for (const [text, where] of [
      ['{ "__proto__": { "admin": true } }', '__proto__'],
      ['{ "__proto__": 1 }', '__proto__'],
      ['{ "a": [{ "__proto__": { "admin": true } }] }', 'a.0.__proto__'],
    ] as const) {
      const message = Object.defineProperties({ task: 'a' }, Object.getOwnPropertyDescriptors(JSON.parse(text)))
      assert.throws(() => payloadOf(message), {
        code: 'payload_refused',
        message: `the payload cannot be kept at ${where}: a field cannot be named __proto__`,
      })
    }
    assert.equal(({} as { admin?: boolean }).admin, undefined)
  })

  it('with an object or an array that is in itself', () => {
    const object: Record<string, unknown> = {}
    object['self'] = object
    const array: unknown[] = []
    array.push(array)
    for (const payload of [{ object }, { array }]) {
      assert.match(refusal(payload).message, /nested deeper than 32 levels/)
    }
  })

  it('that is no plain object', () => {
    for (const message of [[], new Money(), () => 1, new Map(), Object.create({ task: 'a' }) as object]) {
      assert.throws(() => payloadOf(Object.assign(message, { task: 'a' })), {
        code: 'payload_refused',
        message: 'the payload cannot be kept: a message must be a plain object',
      })
    }
  })

  it('with the error of a getter that throws', () => {
    const error = new Error('not now')
    const fields = {
      get late(): never {
        throw error
      },
    }
    for (const message of [fields, { task: 'a', fields }]) {
      assert.throws(() => payloadOf(message as { task: string }), error)
    }
  })
})

describe('any payload', () => {
  const name = fc.string().filter((text) => text !== '__proto__' && text !== 'task')
  const json = fc
    .json({ maxDepth: 6 })
    .filter((text) => !text.includes('"__proto__"'))
    .map((text): unknown => JSON.parse(text))

  it('that JSON can carry is kept as it is', () => {
    fc.assert(
      fc.property(fc.dictionary(name, json, { noNullPrototype: true }), (payload) => {
        assert.deepEqual(overJson(keep(payload)), payload)
        assert.deepEqual(keep(payload), payload)
      }),
    )
  })

  it('that is kept is what JSON makes of it, but for the sign of zero', () => {
    const values = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    let kept = 0
    fc.assert(
      fc.property(fc.dictionary(name, values), (payload) => {
        let accepted: unknown
        try {
          accepted = keep(payload)
        } catch (error) {
          assert.ok(error instanceof PayloadError)
          return
        }
        kept += 1
        assert.deepEqual(overJson(accepted), asJsonSays(accepted))
      }),
    )
    assert.ok(kept > 0)
  })
})
