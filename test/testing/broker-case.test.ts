import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brokerCases } from '../../src/testing/index.ts'

describe('the cases of a broker', () => {
  it('have a sentence each as a name, and no two the same', () => {
    for (const { name } of brokerCases) assert.match(name, /^[^.]+ [^.]+$/)
    assert.equal(new Set(brokerCases.map(({ name }) => name)).size, brokerCases.length)
  })
})
