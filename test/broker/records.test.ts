import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { NewRecord } from '../../src/broker/broker.ts'
import { MAX_CALL_BYTES, MAX_KEY, MAX_RECORDS, writtenRecords } from '../../src/broker/written-records.ts'
import { PayloadError } from '../../src/core/errors.ts'
import { MAX_PAYLOAD_BYTES, MAX_PAYLOAD_DEPTH } from '../../src/core/payload.ts'
import { refusal, written } from './written.ts'

describe('a record', () => {
  it('is written with its key, its payload as JSON, its headers and its partition', () => {
    const record = { key: 'book-1', payload: { newIsbn: '978' }, headers: { source: 'Büro' }, partition: 2 }
    assert.deepEqual(written(record), {
      key: 'book-1',
      payload: '{"newIsbn":"978"}',
      headers: '{"source":"Büro"}',
      partition: 2,
      bytes: 6 + 17 + 18,
    })
  })

  it('needs nothing but its payload', () => {
    const bare = { key: undefined, payload: '1', headers: undefined, partition: undefined, bytes: 1 }
    assert.deepEqual(written({ payload: 1 }), bare)
    assert.deepEqual(written({ payload: 1, key: undefined, headers: undefined, partition: undefined }), bare)
    assert.deepEqual(written({ payload: 1, headers: {} }), bare)
  })

  it('may have an empty key, which is one', () => {
    assert.equal(written({ payload: 1, key: '' }).key, '')
  })

  it('may have no prototype, as its headers may', () => {
    const headers = Object.assign(Object.create(null) as object, { a: 'b' })
    const record = Object.assign(Object.create(null) as object, { payload: 1, headers })
    assert.equal(written(record).headers, '{"a":"b"}')
  })

  it('is no later change of what the caller gave', () => {
    const record = { payload: { n: 1, list: [1] }, headers: { a: '1' } }
    const { payload, headers } = written(record)
    record.payload.list.push(2)
    record.headers.a = '2'
    assert.deepEqual([payload, headers], ['{"n":1,"list":[1]}', '{"a":"1"}'])
  })

  it('that cannot be written leaves none of its call', () => {
    assert.throws(() => writtenRecords([{ payload: 1 }, { payload: undefined }]))
  })
})

describe('a payload', () => {
  for (const payload of [null, true, 0, -1.5, '', 'text', [], {}, [null], { a: { b: [{ c: 'ß' }] } }]) {
    it(`can be ${JSON.stringify(payload)}`, () => {
      assert.equal(written({ payload }).payload, JSON.stringify(payload))
    })
  }

  it('is any that JSON can carry', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (payload) => {
        // Refused, as the next tests tell.
        fc.pre(!JSON.stringify(payload).includes('"__proto__"'))
        assert.equal(written({ payload }).payload, JSON.stringify(payload))
      }),
    )
  })

  it('is without the fields that are undefined', () => {
    assert.equal(written({ payload: { a: undefined, b: 1 } }).payload, '{"b":1}')
  })

  const notJson: readonly (readonly [string, unknown, string])[] = [
    ['undefined', undefined, 'undefined is not a JSON value'],
    ['a Date', new Date(0), 'a Date is not a JSON value'],
    ['a Map', new Map(), 'a Map is not a JSON value'],
    ['a bigint', 1n, 'a bigint is not a JSON value'],
    ['a function', () => 1, 'a function is not a JSON value'],
    ['a symbol', Symbol('a'), 'a symbol is not a JSON value'],
    ['NaN', Number.NaN, 'NaN is not a JSON value'],
  ]
  for (const [what, value, why] of notJson) {
    it(`cannot be ${what}, nor have it in it`, () => {
      const { message, code } = refusal({ payload: value })
      assert.deepEqual([code, message], ['payload_refused', `the payload of records[1] cannot be kept: ${why}`])
      const inside = refusal({ payload: { lines: [value] } })
      assert.equal(inside.message, `the payload of records[1] cannot be kept at lines.0: ${why}`)
      assert.ok(inside instanceof PayloadError)
      assert.deepEqual(inside.issues, [{ message: why, path: ['lines', 0] }])
    })
  }

  it('cannot have a field named __proto__', () => {
    assert.match(refusal({ payload: JSON.parse('{"__proto__":1}') }).message, /cannot be named __proto__/)
  })

  it('that has JSON of its own is refused, where that is nothing', () => {
    const payload = Object.defineProperty({}, 'toJSON', { value: () => undefined })
    assert.match(refusal({ payload }).message, /whose JSON is nothing/)
  })

  it(`is at most ${MAX_PAYLOAD_DEPTH} levels deep, itself among them`, () => {
    const nested = (levels: number): unknown => (levels === 1 ? {} : [nested(levels - 1)])
    written({ payload: nested(MAX_PAYLOAD_DEPTH) })
    assert.match(refusal({ payload: nested(MAX_PAYLOAD_DEPTH + 1) }).message, /nested deeper than 32 levels/)
    const circle: unknown[] = []
    circle.push(circle)
    assert.match(refusal({ payload: circle }).message, /nested deeper than 32 levels/)
  })

  for (const unit of ['x', 'é', '€', '🎟', '\u0000', '"']) {
    it(`is at most 1 MiB as JSON, to the byte, made of ${JSON.stringify(unit)}`, () => {
      const unitBytes = Buffer.byteLength(JSON.stringify(unit)) - 2
      const room = MAX_PAYLOAD_BYTES - 2
      const most = unit.repeat(Math.floor(room / unitBytes)) + 'x'.repeat(room % unitBytes)
      assert.equal(written({ payload: most }).bytes, MAX_PAYLOAD_BYTES)
      assert.match(refusal({ payload: `${most}x` }).message, /bytes as JSON, more than 1048576/)
    })
  }

  it('is known to be too large without writing it out', () => {
    const half = 'x'.repeat(MAX_PAYLOAD_BYTES / 2)
    assert.match(refusal({ payload: Array.from({ length: 5_000 }, () => half) }).message, /bytes as JSON, more than/)
    const sparse: unknown[] = []
    sparse[2 ** 32 - 2] = 1
    assert.match(refusal({ payload: sparse }).message, /at 0: undefined is not/)
  })
})

describe('a key', () => {
  it(`is at most ${MAX_KEY} characters`, () => {
    const key = '€'.repeat(MAX_KEY)
    assert.equal(written({ payload: 1, key }).bytes, 1 + 3 * MAX_KEY)
    const { code, message } = refusal({ payload: 1, key: `${key}x` })
    assert.equal(code, 'invalid_option')
    assert.equal(message, 'the key of records[1] must be well-formed text of at most 1000 characters, got one of 1001')
  })

  for (const [what, key] of [
    ['a number', 7],
    ['null', null],
    ['an object', { toString: () => 'a' }],
    ['half a surrogate pair', '\ud800'],
  ] as const) {
    it(`cannot be ${what}`, () => {
      assert.match(refusal({ payload: 1, key }).message, /^the key of records\[1\] must be well-formed text/)
    })
  }
})

describe('the partition of a record', () => {
  for (const partition of [-1, 1.5, Number.NaN, '1', null]) {
    it(`cannot be ${JSON.stringify(partition)} of type ${typeof partition}`, () => {
      const { code, message } = refusal({ payload: 1, partition })
      assert.equal(code, 'invalid_option')
      assert.match(message, /^the partition of records\[1\] must be a whole number of at least 0, got/)
    })
  }
})

describe('a record is refused', () => {
  for (const [what, record, shown] of [
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a text', 'payload', '"payload"'],
    ['an array', [1], 'an array'],
    ['a Date', new Date(0), 'object'],
    ['a function', () => 1, 'function'],
    ['what inherits', Object.create({ payload: 1 }), 'object'],
  ] as const) {
    it(`where it is ${what}`, () => {
      const { code, message } = refusal(record)
      assert.deepEqual([code, message], ['invalid_option', `records[1] must be a plain object, got ${shown}`])
    })
  }

  it('with a field that no record has, so that no typo is lost', () => {
    for (const field of ['header', 'Key', 'topic', 'timestamp', '__proto__']) {
      const record = Object.defineProperty({ payload: 1 }, field, { value: undefined, enumerable: true })
      const { code, message } = refusal(record)
      assert.equal(code, 'invalid_option')
      assert.match(
        message,
        new RegExp(`^records\\[1\\] can have payload, key, headers .* nothing else, got "${field}"$`),
      )
    }
  })

  it('with the error of a getter, or of a trap, as its cause', () => {
    const cause = new Error('not now')
    const fails = (): never => {
      throw cause
    }
    const late = (name: string): object => Object.defineProperty({}, name, { get: fails, enumerable: true })
    for (const record of [
      late('payload'),
      { payload: late('a') },
      { payload: [{ b: late('a') }] },
      { payload: 1, headers: late('a') },
      new Proxy({ payload: 1 }, { ownKeys: fails }),
      new Proxy({ payload: 1 }, { getPrototypeOf: fails }),
      { payload: new Proxy([], { get: fails }) },
    ]) {
      const error = refusal(record)
      assert.equal(error.code, 'payload_refused')
      assert.equal(error.message, 'records[1] cannot be kept: it could not be read: Error: not now')
      assert.equal(error.cause, cause)
    }
  })
})

describe('the records of a call', () => {
  it('are none where none are given', () => {
    assert.deepEqual(writtenRecords([]), [])
  })

  it(`are at most ${MAX_RECORDS}`, () => {
    const records = Array.from({ length: MAX_RECORDS }, (_, n) => ({ payload: n }))
    assert.equal(writtenRecords(records).at(-1)?.payload, String(MAX_RECORDS - 1))
    assert.throws(() => writtenRecords([...records, { payload: 1 }]), {
      code: 'too_large',
      message: 'one call takes at most 10000 records, got 10001',
    })
    const endless: NewRecord[] = []
    endless.length = 2 ** 32 - 1
    assert.throws(() => writtenRecords(endless), { code: 'too_large' })
  })

  it('have at most 64 MiB together, however little memory they take', () => {
    const payload = 'x'.repeat(MAX_PAYLOAD_BYTES - 2)
    const records = Array.from({ length: MAX_CALL_BYTES / MAX_PAYLOAD_BYTES }, () => ({ payload }))
    assert.equal(writtenRecords(records).length, 64)
    assert.throws(() => writtenRecords([...records, { payload: 1 }]), { code: 'too_large' })
  })

  it('are an array that can be read', () => {
    const { proxy, revoke } = Proxy.revocable<NewRecord[]>([], {})
    revoke()
    assert.throws(() => writtenRecords(proxy), { code: 'payload_refused', message: /^records cannot be kept: / })
    for (const records of [undefined, null, 'abc', { length: 1 }, new Set()]) {
      assert.throws(() => writtenRecords(records as never), { code: 'invalid_option', message: /must be an array/ })
    }
    const holed: NewRecord[] = []
    holed.length = 2
    assert.throws(() => writtenRecords(holed), { message: 'records[0] must be a plain object, got undefined' })
  })
})
