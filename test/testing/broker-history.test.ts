import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { doneOf, inWork, mayComeAgain, outOfOrder, unexplained } from '../../src/testing/broker-history.ts'
import type { MemberFact } from '../../src/testing/index.ts'

let atMs = 0
const of =
  (fact: MemberFact['fact']) =>
  (n: number, key = 'a'): MemberFact => {
    atMs += 1
    return { fact, n, topic: 't', partition: 0, offset: n - 1, key, attempt: 1, atMs }
  }
const began = of('began')
const done = of('done')
const committed = of('committed')
const numbersOf = (facts: readonly MemberFact[]): readonly number[] => facts.map(({ n }) => n)

describe('what members have told', () => {
  it('shows what was begun before an earlier one of its key was done', () => {
    assert.deepEqual(numbersOf(outOfOrder([began(1), began(2), done(2), done(1), began(3), done(3)])), [2])
  })

  it('shows what was begun though an earlier one of its key was never done', () => {
    assert.deepEqual(numbersOf(outOfOrder([began(1), began(2), done(2)])), [2])
  })

  it('is in order where keys take turns, and where one that was done comes again', () => {
    const told = [began(1), began(2, 'b'), done(1), began(3), began(1), done(1), done(3), done(2, 'b')]
    assert.deepEqual(outOfOrder(told), [])
  })

  it('is put in order across members by its times', () => {
    const [first, second, third, fourth] = [began(1), done(1), began(2), done(2)]
    assert.deepEqual(outOfOrder([third, fourth, first, second]), [])
  })

  it('shows what was in work, and what may come again after a death', () => {
    const told = [began(1), done(1), committed(1), began(2), done(2), began(3)]
    assert.deepEqual([numbersOf(inWork(told)), numbersOf(mayComeAgain(told))], [[3], [2, 3]])
    assert.deepEqual(doneOf(told), new Set([1, 2]))
  })

  it('explains what comes again once for each death in its work', () => {
    const killed = [
      [began(1), done(1), began(2)],
      [began(2), began(1)],
    ]
    assert.deepEqual(unexplained(killed, [[began(1), done(1), began(2), done(2)]]), [])
  })

  it('does not explain what comes again though it was committed, or nobody died', () => {
    const committedBefore = [began(1), done(1), committed(1)]
    assert.deepEqual(numbersOf(unexplained([committedBefore], [[began(1)]])), [1])
    assert.deepEqual(numbersOf(unexplained([], [[began(1), done(1)], [began(1)]])), [1])
  })

  it('does not explain more times than there were deaths', () => {
    assert.deepEqual(numbersOf(unexplained([[began(1)]], [[began(1), done(1), began(1)]])), [1])
  })
})
