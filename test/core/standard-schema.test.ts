import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { PayloadError } from '../../src/core/errors.ts'
import { type StandardResult, type StandardSchema, validate, validateNow } from '../../src/core/standard-schema.ts'

const schema = <Output>(
  check: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>,
): StandardSchema<unknown, Output> => ({ '~standard': { version: 1, vendor: 'test', validate: check } })

const accepts = schema((value) => ({ value: { got: value } }))
const acceptsLate = schema(async (value) => ({ value: { got: value } }))
const refuses = schema(() => ({ issues: [{ message: 'it is bad' }] }))
const refusesLate = schema(async () => ({ issues: [{ message: 'it is bad' }] }))

const refusal = (message: string) => ({ name: 'PayloadError', code: 'payload_refused', message, given: 7 })

describe('validate', () => {
  it('answers with the output of the schema at once', () => {
    assert.deepEqual(validate(accepts, 7, 'the payload'), { got: 7 })
  })

  it('answers with a promise where the schema is asynchronous', async () => {
    const output = validate(acceptsLate, 7, 'the payload')
    assert.ok(output instanceof Promise)
    assert.deepEqual(await output, { got: 7 })
  })

  it('waits for a promise of another kind, too', async () => {
    const thenable = {
      // oxlint-disable-next-line unicorn/no-thenable -- it is one on purpose
      then: (settle: (result: StandardResult<number>) => void) => settle({ value: 8 }),
    }
    const output = validate(
      schema(() => thenable as unknown as Promise<StandardResult<number>>),
      7,
      'the payload',
    )
    assert.ok(output instanceof Promise)
    assert.equal(await output, 8)
  })

  it('keeps an output of undefined', () => {
    assert.equal(
      validate(
        schema(() => ({ value: undefined })),
        7,
        'the payload',
      ),
      undefined,
    )
  })

  it('refuses with every issue, says what was refused, and hands back what was given', async () => {
    assert.throws(() => validate(refuses, 7, 'the payload'), refusal('the payload does not fit its schema: it is bad'))
    await assert.rejects(
      async () => validate(refusesLate, 7, 'the result'),
      refusal('the result does not fit its schema: it is bad'),
    )
  })

  it('says where each issue is, in any form that a path can have', () => {
    const marked = Symbol('marked')
    const many = schema(() => ({
      issues: [
        { message: 'a', path: ['lines', 0, 'sku'] },
        { message: 'b', path: [{ key: 'lines' }, { key: 1 }] },
        { message: 'c', path: [marked] },
        { message: 'd', path: [] },
        { message: 'e', path: undefined },
      ],
    }))
    assert.throws(
      () => validate(many, 7, 'it'),
      (error) => {
        assert.ok(error instanceof PayloadError)
        assert.equal(error.message, 'it does not fit its schema: lines.0.sku: a; lines.1: b; Symbol(marked): c; d; e')
        assert.deepEqual(
          error.issues.map(({ path }) => path),
          [['lines', 0, 'sku'], ['lines', 1], [marked], [], []],
        )
        return true
      },
    )
  })

  it('names five issues and counts the rest, which the error has all the same', () => {
    const many = schema(() => ({ issues: Array.from({ length: 1_000 }, (_, index) => ({ message: `no ${index}` })) }))
    assert.throws(
      () => validate(many, 7, 'it'),
      (error) => {
        assert.ok(error instanceof PayloadError)
        assert.equal(error.message, 'it does not fit its schema: no 0; no 1; no 2; no 3; no 4 (and 995 more)')
        assert.equal(error.issues.length, 1_000)
        return true
      },
    )
  })

  it('lets the error of a schema that throws or rejects through', async () => {
    const error = new Error('the database is down')
    const throws = schema(() => {
      throw error
    })
    assert.throws(() => validate(throws, 7, 'it'), error)
    await assert.rejects(
      async () =>
        validate(
          schema(() => Promise.reject(error)),
          7,
          'it',
        ),
      error,
    )
  })
})

describe('validateNow', () => {
  it('answers and refuses as validate does', () => {
    assert.deepEqual(validateNow(accepts, 7, 'it'), { got: 7 })
    assert.throws(() => validateNow(refuses, 7, 'it'), refusal('it does not fit its schema: it is bad'))
  })

  for (const [what, late] of [
    ['accepts', acceptsLate],
    ['refuses', refusesLate],
  ] as const) {
    it(`refuses a schema that ${what} later, and leaves no rejection behind`, () => {
      assert.throws(() => validateNow(late, 7, 'the payload of a'), {
        code: 'async_schema',
        message: 'the payload of a cannot be checked at once: its schema is asynchronous',
        given: 7,
      })
    })
  }
})

describe('a schema of Zod', () => {
  const ticket = z.object({ ticketId: z.string().min(2), at: z.iso.datetime().transform((at) => new Date(at)) })

  it('gives its output', () => {
    assert.deepEqual(validate(ticket, { ticketId: 't1', at: '2026-01-01T00:00:00Z', surplus: 1 }, 'it'), {
      ticketId: 't1',
      at: new Date('2026-01-01T00:00:00Z'),
    })
  })

  it('refuses with its own words and paths', () => {
    assert.throws(
      () => validate(ticket, { ticketId: '', at: 'x' }, 'the payload of a'),
      (error) => {
        assert.ok(error instanceof PayloadError)
        assert.match(
          error.message,
          /^the payload of a does not fit its schema: ticketId: Too small: .*; at: Invalid ISO/,
        )
        assert.deepEqual(
          error.issues.map(({ path }) => path),
          [['ticketId'], ['at']],
        )
        return true
      },
    )
  })

  it('is asynchronous where one of its checks is', async () => {
    const late = z.object({ ticketId: z.string().refine(async (id) => id !== 'taken', 'it is taken') })
    assert.throws(() => validateNow(late, { ticketId: 'a' }, 'it'), { code: 'async_schema' })
    assert.deepEqual(await validate(late, { ticketId: 'a' }, 'it'), { ticketId: 'a' })
    await assert.rejects(async () => validate(late, { ticketId: 'taken' }, 'it'), {
      message: 'it does not fit its schema: ticketId: it is taken',
    })
  })
})
