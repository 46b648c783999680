import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { errorText, MAX_ERROR_TEXT } from '../../src/core/error-text.ts'
import { PermanentError, UnknownError } from '../../src/core/errors.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const boom = (): never => {
  throw new Error('a getter that throws')
}
const trapped = (target: object): object =>
  new Proxy(target, { get: boom, getPrototypeOf: boom, has: boom, ownKeys: boom, getOwnPropertyDescriptor: boom })

const withField = (field: string, descriptor: PropertyDescriptor): Error =>
  Object.defineProperty(new Error('hidden'), field, descriptor)

describe('the text of an error', () => {
  for (const [what, thrown, text] of [
    ['an Error', new TypeError('no socket'), 'TypeError: no socket'],
    ['an Error of ours', new PermanentError('no such ticket'), 'PermanentError: no such ticket'],
    ['an Error without a message', new RangeError(), 'RangeError'],
    ['a DOMException', new DOMException('too late', 'TimeoutError'), 'TimeoutError: too late'],
    ['a text', 'no socket', 'string was thrown: no socket'],
    ['undefined', undefined, 'undefined was thrown: undefined'],
    ['null', null, 'object was thrown: null'],
    ['a number', 42, 'number was thrown: 42'],
    ['a bigint', 42n, 'bigint was thrown: 42'],
    ['a symbol', Symbol('a'), 'symbol was thrown: Symbol(a)'],
    ['an object', { code: 7 }, 'object was thrown: {"code":7}'],
    ['an object with a bigint', { code: 7n }, 'object was thrown: a value that cannot be shown'],
    ['an object without a prototype', Object.create(null), 'object was thrown: {}'],
  ] as const) {
    it(`tells what was thrown: ${what}`, () => {
      assert.equal(errorText(thrown), text)
    })
  }

  it('tells the causes, the nearest first', () => {
    const root = new Error('reset by peer')
    assert.equal(
      errorText(new UnknownError(new TypeError('fetch failed', { cause: root }))),
      'UnknownError: nobody can tell whether the call took effect; because of TypeError: fetch failed; because of Error: reset by peer',
    )
  })

  it('tells a cause that is no Error', () => {
    assert.equal(errorText(new Error('a', { cause: 'b' })), 'Error: a; because of string was thrown: b')
    assert.equal(errorText(new Error('a', { cause: null })), 'Error: a; because of object was thrown: null')
  })

  it('tells no more than five causes, so that one that leads back to itself ends', () => {
    const a = new Error('a')
    const b = new Error('b', { cause: a })
    a.cause = b
    const around = 'Error: b; because of Error: a; because of'
    assert.equal(errorText(a), `Error: a; because of ${around} ${around} Error: b`)
  })

  it('is without the stack', () => {
    assert.ok(!errorText(new Error('a')).includes('error-text.test'))
  })
})

describe('the text of an error is bounded', () => {
  it('where the message has 1 MB', () => {
    const text = errorText(new Error('x'.repeat(1_000_000)))
    assert.equal(text.length, MAX_ERROR_TEXT)
    assert.ok(text.endsWith('x…'))
  })

  it('where the name, the cause or a thrown object has 1 MB', () => {
    const long = 'x'.repeat(1_000_000)
    const named = withField('name', { value: long })
    for (const thrown of [named, new Error('a', { cause: new Error(long) }), { long }, long]) {
      assert.equal(errorText(thrown).length, MAX_ERROR_TEXT)
    }
  })

  it('is whole where it has just as many characters as it may', () => {
    const whole = 'x'.repeat(MAX_ERROR_TEXT - 'Error: '.length)
    assert.equal(errorText(new Error(whole)), `Error: ${whole}`)
  })

  it('is well-formed where a character is cut in two', () => {
    for (const before of ['', 'x']) {
      const text = errorText(new Error(before + '🎟'.repeat(2_000)))
      assert.ok(text.isWellFormed())
      assert.equal(text.length, MAX_ERROR_TEXT)
    }
  })

  it('keeps nothing else in memory of the long text that it is a part of', () => {
    const errors = 40
    const kept: string[] = []
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < errors; index += 1) {
      const body = `${index}`.padEnd(1_000_000, 'ab')
      kept.push(errorText(new Error(body)), errorText(new Error(body.slice(0, 200))))
    }
    collectGarbage()
    const perError = (process.memoryUsage().heapUsed - before) / errors
    assert.equal(kept.length, 2 * errors)
    assert.ok(perError < 200_000, `${perError} bytes for each`)
  })
})

describe('the text of an error never throws', () => {
  for (const [what, thrown] of [
    ['a message that throws', withField('message', { get: boom })],
    ['a name that throws', withField('name', { get: boom })],
    ['a cause that throws', withField('cause', { get: boom })],
    ['a message that is a symbol', withField('message', { value: Symbol('a') })],
    ['a message that is an object without a prototype', withField('message', { value: Object.create(null) })],
    ['a toJSON that throws', { toJSON: boom }],
    ['a toString that throws', Object.assign(() => 1, { toString: boom })],
    ['a Proxy of an Error whose every trap throws', trapped(new Error('a'))],
    ['a Proxy of an object whose every trap throws', trapped({})],
    ['a cause that is such a Proxy', new Error('a', { cause: trapped(new Error('b')) })],
  ] as const) {
    it(`for ${what}`, () => {
      assert.match(errorText(thrown), /cannot be shown$/)
    })
  }

  it('for a toJSON that answers nothing', () => {
    assert.equal(errorText({ toJSON: () => undefined }), 'object was thrown: undefined')
  })

  it('for a Proxy that was revoked', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    assert.match(errorText(proxy), /cannot be shown$/)
  })

  it('for anything, as itself, as a message, as a name and as a cause', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true }),
        (value) => {
          const message = withField('message', { value })
          const name = withField('name', { value })
          for (const thrown of [value, message, name, new Error('a', { cause: value })]) {
            const text = errorText(thrown)
            assert.ok(typeof text === 'string' && text.length <= MAX_ERROR_TEXT)
          }
        },
      ),
    )
  })
})
