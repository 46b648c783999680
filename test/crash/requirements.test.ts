import assert from 'node:assert/strict'
import { platform } from 'node:process'
import { describe, it } from 'node:test'
import { demand, MissingError, missing } from './requirements.ts'

const onLinux = platform === 'linux' ? false : 'the commands are for Linux'

describe('what a crash simulator needs', () => {
  it('is all there where nothing is missing', { skip: onLinux }, () => {
    assert.deepEqual(missing({ programs: ['sh'], files: ['/'] }), [])
  })

  it('is named where it is missing', { skip: onLinux }, () => {
    const needs = { programs: ['sh', 'no-such-program'], files: ['/no/such/file'] }
    assert.deepEqual(missing(needs), ['the program no-such-program', '/no/such/file'])
    assert.throws(() => demand(needs), new MissingError('the program no-such-program, /no/such/file'))
  })

  it('is Linux above all', { skip: platform === 'linux' ? 'this is Linux' : false }, () => {
    assert.deepEqual(missing({ programs: ['sh'] }), [`Linux: this is ${platform}`])
  })
})
