import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ChannelClosedError,
  issueText,
  PayloadError,
  PermanentError,
  RetryAfter,
  thrownIs,
  UnknownError,
  WillcallError,
} from '../../src/core/errors.ts'

describe('every error', () => {
  const cause = new Error('socket hang up')
  const all: readonly (readonly [WillcallError, string, string, string])[] = [
    [new WillcallError('no_room', 'it could not be kept'), 'WillcallError', 'no_room', 'it could not be kept'],
    [
      new ChannelClosedError('value'),
      'ChannelClosedError',
      'channel_closed',
      'the value could not be sent: the channel is closed',
    ],
    [new PayloadError('it does not fit', [], {}), 'PayloadError', 'payload_refused', 'it does not fit'],
    [new RetryAfter(1_500), 'RetryAfter', 'retry_after', 'try again in 1500 ms'],
    [new PermanentError('no such ticket'), 'PermanentError', 'permanent', 'no such ticket'],
    [new UnknownError(cause), 'UnknownError', 'unknown_outcome', 'nobody can tell whether the call took effect'],
  ]
  for (const [error, name, code, message] of all) {
    it(`is an Error and a WillcallError, with a name, a code and a message: ${name}`, () => {
      assert.ok(error instanceof Error)
      assert.ok(error instanceof WillcallError)
      assert.deepEqual([error.name, error.code, error.message], [name, code, message])
      assert.ok(error.stack?.includes('errors.test.ts'), 'the stack begins where it was made')
    })
  }

  it('carries its cause, and has none where none was given', () => {
    assert.equal(new WillcallError('no_room', 'no', { cause }).cause, cause)
    assert.equal(new PermanentError('no', { cause }).cause, cause)
    assert.equal(new RetryAfter(1, { cause }).cause, cause)
    assert.equal(new UnknownError(cause).cause, cause)
    assert.equal(Object.hasOwn(new WillcallError('no_room', 'no'), 'cause'), false)
    assert.equal(Object.hasOwn(new UnknownError(undefined), 'cause'), false)
  })

  it('carries back the value that could not be taken', () => {
    const value = { ticketId: 't1' }
    assert.equal(new WillcallError('no_room', 'no', { given: value }).given, value)
    assert.equal(new PermanentError('no', { given: value }).given, value)
    assert.equal(new PayloadError('no', [], value).given, value)
    const closed = new ChannelClosedError(value)
    assert.equal(closed.undelivered, value)
    assert.equal(closed.given, value)
  })

  it('is told apart by its class', () => {
    assert.equal(new PermanentError('no') instanceof (RetryAfter as unknown as typeof PermanentError), false)
    assert.equal(new WillcallError('permanent', 'no') instanceof PermanentError, false)
  })
})

describe('thrownIs', () => {
  it('tells whether it is one of these', () => {
    assert.equal(thrownIs(new PermanentError('no'), PermanentError), true)
    assert.equal(thrownIs(new PermanentError('no'), RetryAfter), false)
    for (const thrown of [undefined, null, 'no', 7]) assert.equal(thrownIs(thrown, Error), false)
  })

  it('says no of what refuses to be asked', () => {
    const { proxy, revoke } = Proxy.revocable(new PermanentError('no'), {})
    assert.equal(thrownIs(proxy, PermanentError), true)
    revoke()
    assert.equal(thrownIs(proxy, PermanentError), false)
  })
})

describe('an issue', () => {
  it('is shown with where it is', () => {
    assert.equal(issueText({ message: 'too short', path: ['lines', 0, 'sku'] }), 'lines.0.sku: too short')
    assert.equal(issueText({ message: 'too short', path: [Symbol('a')] }), 'Symbol(a): too short')
    assert.equal(issueText({ message: 'not an object', path: [] }), 'not an object')
  })

  it('is kept by its PayloadError', () => {
    const issues = [{ message: 'too short', path: ['sku'] }]
    assert.equal(new PayloadError('no', issues, {}).issues, issues)
  })
})

describe('RetryAfter', () => {
  it('takes milliseconds from now, 0 among them', () => {
    assert.equal(new RetryAfter(0).when, 0)
    assert.equal(new RetryAfter(0.5).when, 0.5)
  })

  it('takes a Date, and says when that is', () => {
    const when = new Date('2026-01-01T14:32:10Z')
    const error = new RetryAfter(when)
    assert.equal(error.when, when)
    assert.equal(error.message, 'try again at 2026-01-01T14:32:10.000Z')
  })

  const bad: readonly unknown[] = [
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date('x'),
    '5',
    null,
    undefined,
    5n,
    [],
  ]
  for (const when of bad) {
    it(`refuses ${typeof when} ${String(when)}: it would end at no time`, () => {
      assert.throws(() => new RetryAfter(when as number), {
        name: 'WillcallError',
        code: 'invalid_option',
        message: `RetryAfter takes milliseconds of at least 0 or a valid Date, got ${String(when)}`,
        given: when,
      })
    })
  }
})
