import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAX_PAYLOAD_BYTES, MAX_PAYLOAD_DEPTH } from '../../src/core/payload.ts'
import { keep, refusal } from './keep.ts'

/** `{ p: { p: … } }` of so many levels; the message around it is level 1. */
const nested = (levels: number, wrap: (inner: object) => object): object => {
  let value = wrap({})
  for (let level = 2; level < levels - 1; level += 1) value = wrap(value)
  return { p: value }
}

/** A payload of so many bytes as JSON, made of `unit`s and as many `x` as are missing. */
function ofBytes(bytes: number, unit: string): object {
  const unitBytes = Buffer.byteLength(JSON.stringify(unit)) - 2
  const room = bytes - Buffer.byteLength('{"text":""}')
  return { text: unit.repeat(Math.floor(room / unitBytes)) + 'x'.repeat(room % unitBytes) }
}

describe('the depth of a payload', () => {
  for (const [what, wrap] of [
    ['objects', (inner: object) => ({ p: inner })],
    ['arrays', (inner: object) => [inner]],
  ] as const) {
    it(`is at most ${MAX_PAYLOAD_DEPTH} levels of ${what}, itself among them`, () => {
      const deepest = nested(MAX_PAYLOAD_DEPTH, wrap)
      assert.deepEqual(keep(deepest), deepest)
      const { message, issues } = refusal(nested(MAX_PAYLOAD_DEPTH + 1, wrap))
      assert.match(message, /it is nested deeper than 32 levels$/)
      assert.equal(issues[0]?.path.length, 3)
    })
  }

  it('is not that of a nesting of 100,000 levels, which is refused like any other', () => {
    let value: object = {}
    for (let level = 0; level < 100_000; level += 1) value = { value }
    assert.match(refusal({ value }).message, /nested deeper than 32 levels/)
  })
})

describe('the size of a payload', () => {
  for (const [what, unit] of [
    ['one byte', 'x'],
    ['two bytes', 'é'],
    ['three bytes', '€'],
    ['four bytes', '🎟'],
    ['six bytes as JSON', '\u0000'],
    ['a lone surrogate', '\ud800'],
    ['two bytes as JSON', '"'],
  ] as const) {
    it(`is at most 1 MiB as JSON, to the byte, with characters of ${what}`, () => {
      const largest = ofBytes(MAX_PAYLOAD_BYTES, unit)
      assert.equal(Buffer.byteLength(JSON.stringify(largest)), MAX_PAYLOAD_BYTES)
      assert.deepEqual(keep(largest), largest)
      assert.match(
        refusal(ofBytes(MAX_PAYLOAD_BYTES + 1, unit)).message,
        /it has at least 1048577 bytes as JSON, more than/,
      )
    })
  }

  for (const [what, value] of [
    ['long numbers', -0.0000012345678901234567],
    ['empty texts', ''],
    ['null', null],
    ['objects with long numbers', { n: -0.0000012345678901234567 }],
    ['objects with a name to be escaped', { '\u0000\u0001\u0002': 1 }],
  ] as const) {
    it(`is counted with every comma, in a long array of ${what}`, () => {
      const each = JSON.stringify(value).length + 1
      const most = Math.floor((MAX_PAYLOAD_BYTES - Buffer.byteLength('{"list":[]}') + 1) / each)
      keep({ list: Array.from({ length: most }, () => value) })
      assert.match(refusal({ list: Array.from({ length: most + 1 }, () => value) }).message, /bytes as JSON, more than/)
    })
  }

  it('is counted over all fields', () => {
    const half = 'x'.repeat(MAX_PAYLOAD_BYTES / 2)
    assert.match(refusal({ a: half, b: half }).message, /bytes as JSON, more than/)
  })

  it('is known to be too large without writing it out, where a few values are in many places', () => {
    let bomb: object = { x: 1 }
    for (let level = 0; level < 29; level += 1) bomb = [bomb, bomb]
    assert.match(refusal({ bomb }).message, /bytes as JSON, more than/)
    const half = 'x'.repeat(MAX_PAYLOAD_BYTES / 2)
    const texts = Array.from({ length: 2_000 }, () => half)
    for (const payload of [{ texts }, Object.fromEntries(texts.entries())]) {
      assert.match(refusal(payload).message, /it has at least 10\d{5} bytes as JSON, more than/)
    }
  })
})
