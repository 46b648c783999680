import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAX_PAYLOAD_BYTES, notJson } from '../../src/core/payload.ts'

describe('a result', () => {
  for (const result of [null, true, 0, 'text', [], {}, { number: 7, lines: [{ sku: 'a' }] }]) {
    it(`can be ${JSON.stringify(result)}`, () => {
      assert.equal(notJson(result), undefined)
    })
  }

  it('says what is wrong with it, and where', () => {
    assert.equal(notJson(new Date(0)), 'result: a Date is not a JSON value')
    assert.equal(notJson({ lines: [{ at: new Date(0) }] }), 'result.lines.0.at: a Date is not a JSON value')
    assert.equal(notJson(1n), 'result: a bigint is not a JSON value')
    assert.equal(notJson(Number.NaN), 'result: NaN is not a JSON number')
  })

  it('is at most 1 MiB as JSON', () => {
    assert.equal(notJson('€'.repeat(Math.floor((MAX_PAYLOAD_BYTES - 2) / 3))), undefined)
    assert.equal(notJson('€'.repeat(MAX_PAYLOAD_BYTES / 2)), 'it has at least 1572866 bytes as JSON, more than 1048576')
    assert.match(notJson({ a: 'x'.repeat(MAX_PAYLOAD_BYTES) }) ?? '', /bytes as JSON, more than/)
  })

  for (const thrown of [new Error('not now'), 'a text', undefined, null]) {
    it(`that throws ${String(thrown)} when it is looked at is refused, and nothing is thrown`, () => {
      const result = {
        get field(): never {
          throw thrown
        },
      }
      assert.match(notJson(result) ?? '', /not now|was thrown/)
    })
  }

  it('that no trap lets be looked at is refused, and nothing is thrown', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    assert.match(notJson(proxy) ?? '', /^TypeError: /)
  })
})
