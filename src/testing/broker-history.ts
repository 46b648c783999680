import type { MemberFact } from './broker-case.ts'

const nameOf = ({ topic, partition, offset }: MemberFact): string => `${topic} ${partition} ${offset}`
const inTime = (facts: readonly MemberFact[]): readonly MemberFact[] =>
  facts.toSorted((one, other) => one.atMs - other.atMs)

/** What was begun before an earlier one of its key was done for the first time; of all that has come to the members of one group. */
export function outOfOrder(facts: readonly MemberFact[]): readonly MemberFact[] {
  const offsets = new Map<string, Set<number>>()
  const keyOf = ({ topic, partition, key }: MemberFact): string => `${topic} ${partition} ${key}`
  const keyed = inTime(facts).filter(({ key }) => key !== undefined)
  for (const fact of keyed) {
    const notDone = offsets.get(keyOf(fact)) ?? new Set()
    offsets.set(keyOf(fact), notDone.add(fact.offset))
  }
  return keyed.filter((fact) => {
    const notDone = offsets.get(keyOf(fact)) ?? new Set()
    if (fact.fact === 'began') return [...notDone].some((offset) => offset < fact.offset)
    notDone.delete(fact.offset)
    return false
  })
}

/** What was begun and not done, as each of them was begun. */
export function inWork(facts: readonly MemberFact[]): readonly MemberFact[] {
  const open = new Map<string, MemberFact>()
  for (const fact of facts) {
    if (fact.fact === 'began') open.set(nameOf(fact), fact)
    else open.delete(nameOf(fact))
  }
  return [...open.values()]
}

/** What was done, and begun once more after that. */
export function begunAgain(facts: readonly MemberFact[]): readonly MemberFact[] {
  const done = new Set<string>()
  return inTime(facts).filter((fact) => {
    if (fact.fact === 'began') return done.has(nameOf(fact))
    done.add(nameOf(fact))
    return false
  })
}

/** The numbers of what was done, once each. */
export const doneOf = (facts: readonly MemberFact[]): ReadonlySet<number> =>
  new Set(facts.filter(({ fact }) => fact === 'done').map(({ n }) => n))
