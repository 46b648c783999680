import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { RefusedError } from '../../src/express/index.ts'
import { objectOf } from '../../src/express/strict-json.ts'
import { systemClock } from '../../src/index.ts'
import { jsonTexts } from './json-texts.ts'
import { isTaken } from './reference-json.ts'

/** How the text is refused, or undefined. */
function refusalOf(text: string): string | undefined {
  try {
    objectOf(text)
    return undefined
  } catch (error) {
    assert.ok(error instanceof RefusedError)
    assert.equal(error.status, 400)
    return error.message
  }
}

describe('strict JSON', () => {
  it('what is taken is what the reference takes, and is what JSON.parse gives', () => {
    const verdicts = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(jsonTexts, (text) => {
        const refusal = refusalOf(text)
        assert.equal(refusal === undefined, isTaken(text), refusal)
        verdicts[refusal === undefined ? 'taken' : 'refused'] += 1
        if (refusal === undefined) assert.deepEqual(objectOf(text), JSON.parse(text))
        else assert.match(refusal, /at byte \d+$|it is empty$/)
      }),
      { numRuns: 20_000 },
    )
    assert.ok(Math.min(verdicts.taken, verdicts.refused) > 2_000, JSON.stringify(verdicts))
  })

  for (const [name, text] of [
    ['32 levels of objects', `${'{"a":'.repeat(32)}1${'}'.repeat(32)}`],
    ['32 levels of arrays', `{"a":${'['.repeat(31)}${']'.repeat(31)}}`],
    ['the same name in other objects', '{"a":{"a":[{"a":1},{"a":1}]},"b":{"a":1}}'],
    ['names that differ in case or form only', '{"a":1,"A":2,"\u00e9":3,"e\u0301":4}'],
    ['names of Object.prototype', '{"toString":1,"hasOwnProperty":2,"valueOf":3,"prototype":4}'],
    ['a constructor without a prototype', '{"constructor":{"name":1},"b":{"constructor":[{"prototype":1}]}}'],
    ['__proto__ as a value', '{"a":"__proto__"}'],
    ['every escape', String.raw`{"\"\\\/\b\f\n\r\t\u00e9":"\ud83d\ude00\u0001\uFFFF"}`],
    ['letters beyond the first plane', '{"😀":"😀"}'],
    ['a byte-order mark within a text', '{"a":"\ufeff"}'],
    ['space of all kinds', ' \t\r\n{ "a" : [ 1 , { } , [ ] ] } \n'],
    ['the largest double, the smallest, and one that is rounded', '{"a":[1.7976931348623157e308,5e-324,1e-400,-0]}'],
    ['digits that a double rounds away', '{"a":9007199254740993,"b":0.10000000000000000000001}'],
    ['a number of 309 digits that a double holds', `{"a":1${'0'.repeat(308)}}`],
  ] as const) {
    it(`takes ${name}`, () => assert.deepEqual(objectOf(text), JSON.parse(text)))
  }

  for (const [name, textOf] of [
    ['names', (size: number) => `{${Array.from({ length: size / 10 }, (_, at) => `"n${at}":1`).join()}}`],
    ['escapes', (size: number) => `{"a":"${'\\u00e9'.repeat(size / 6)}"}`],
    [
      'names with escapes',
      (size: number) => `{${Array.from({ length: size / 16 }, (_, at) => `"\\u00e9${at}":1`).join()}}`,
    ],
    ['levels that are not closed', (size: number) => `{"a":${'['.repeat(size)}`],
    [
      'objects that open and close',
      (size: number) =>
        `{"a":[${Array(Math.floor(size / 3))
          .fill('{}')
          .join()}]}`,
    ],
    ['a number of digits', (size: number) => `{"a":0.${'9'.repeat(size)}}`],
    ['space', (size: number) => `{${' '.repeat(size)}}`],
    ['backslashes', (size: number) => `{"a":"${'\\\\'.repeat(size / 2)}"}`],
  ] as const) {
    it(`ten times the ${name} take about ten times as long`, () => {
      const small = fastestMs(textOf(100_000))
      const large = fastestMs(textOf(1_000_000))
      assert.ok(large < Math.max(small, 0.2) * 40, `${small} ms and ${large} ms`)
    })
  }
})

/** Of five. */
function fastestMs(text: string): number {
  const times = Array.from({ length: 5 }, () => {
    const start = systemClock.elapsed()
    refusalOf(text)
    return systemClock.elapsed() - start
  })
  return Math.min(...times)
}
