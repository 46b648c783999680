import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Assignable, assignment, type Candidate } from '../../../src/broker/local/assignment.ts'

const TOPICS = [1, 2, 3]

const members = fc.uniqueArray(
  fc.record({ id: fc.nat(20), topics: fc.subarray(TOPICS).map((topics): ReadonlySet<number> => new Set(topics)) }),
  { selector: ({ id }) => id, maxLength: 6 },
)
/** Some of them have holders, of whom some are gone, or do not subscribe to it any more. */
const partitions = fc.uniqueArray(
  fc.record({
    id: fc.nat(100),
    topic: fc.constantFrom(...TOPICS),
    holder: fc.option(fc.nat(20), { nil: undefined }),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
)

const sizeOf = (given: ReadonlyMap<number, number>, member: Candidate): number =>
  [...given.values()].filter((id) => id === member.id).length

const mayHave = (member: Candidate, { topic }: Assignable): boolean => member.topics.has(topic)

/** As it is once each has taken what it is to have. */
const after = (all: readonly Assignable[], given: ReadonlyMap<number, number>): readonly Assignable[] =>
  all.map((partition) => ({ ...partition, holder: given.get(partition.id) }))

const holds = (property: (members: Candidate[], partitions: Assignable[]) => void): void =>
  fc.assert(fc.property(members, partitions, property), { numRuns: 500 })

describe('the assignment of a group', () => {
  it('gives each partition to one who subscribes to it, and leaves none out for which there is one', () => {
    holds((all, parts) => {
      const given = assignment(all, parts)
      for (const partition of parts) {
        const holder = all.find(({ id }) => id === given.get(partition.id))
        if (holder === undefined) assert.ok(!all.some((member) => mayHave(member, partition)))
        else assert.ok(mayHave(holder, partition))
      }
    })
  })

  it('gives nobody two more than another who may have one of them', () => {
    holds((all, parts) => {
      const given = assignment(all, parts)
      for (const partition of parts) {
        const holder = all.find(({ id }) => id === given.get(partition.id))
        if (holder === undefined) continue
        for (const other of all.filter((member) => mayHave(member, partition)))
          assert.ok(sizeOf(given, holder) - sizeOf(given, other) < 2)
      }
    })
  })

  it('is the same for the same facts, in whatever order they come', () => {
    holds((all, parts) => {
      const sorted = (given: ReadonlyMap<number, number>) => [...given].toSorted(([a], [b]) => a - b)
      assert.deepEqual(sorted(assignment(all.toReversed(), parts.toReversed())), sorted(assignment(all, parts)))
    })
  })

  it('changes nothing once it is done', () => {
    holds((all, parts) => {
      const given = assignment(all, parts)
      assert.deepEqual(new Map(assignment(all, after(parts, given))), new Map(given))
    })
  })

  it('moves no partition of one topic but those that a new member is to have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 40 }), (count, size) => {
        const topics = new Set([1])
        const all = Array.from({ length: count + 1 }, (_, id): Candidate => ({ id, topics }))
        const parts = Array.from({ length: size }, (_, id): Assignable => ({ id, topic: 1, holder: undefined }))
        const before = assignment(all.slice(0, count), parts)
        const then = assignment(all, after(parts, before))
        const moved = [...then].filter(([id, holder]) => before.get(id) !== holder)
        assert.ok(moved.every(([, holder]) => holder === count))
        assert.ok(moved.length <= Math.floor(size / (count + 1)) + 1)
      }),
    )
  })

  it('gives members of the same topics some of each', () => {
    const topics = new Set([1, 2])
    const parts = Array.from({ length: 6 }, (_, id): Assignable => ({ id, topic: id < 3 ? 1 : 2, holder: 1 }))
    const given = assignment(
      [
        { id: 1, topics },
        { id: 2, topics },
      ],
      parts,
    )
    const ofTwo = parts.filter(({ id }) => given.get(id) === 2)
    assert.deepEqual(ofTwo.length, 3)
    assert.deepEqual(new Set(ofTwo.map(({ topic }) => topic)), topics)
  })
})
