import type { MemberFact } from './broker-case.ts'

const placeOf = ({ topic, partition, offset }: MemberFact): string => `${topic} ${partition} ${offset}`

/** What was begun before an earlier one of its key was done, by whomever. Numbers of a key ascend as they were published. */
export function outOfOrder(facts: readonly MemberFact[]): readonly MemberFact[] {
  const keyed = facts.filter(({ key }) => key !== undefined).toSorted((one, other) => one.atMs - other.atMs)
  const notDone = new Map<string | undefined, Set<number>>()
  for (const { key, n } of keyed) notDone.set(key, (notDone.get(key) ?? new Set()).add(n))
  const early: MemberFact[] = []
  for (const fact of keyed) {
    const numbers = notDone.get(fact.key) ?? new Set()
    if (fact.fact === 'done') numbers.delete(fact.n)
    else if (fact.fact === 'began' && [...numbers].some((n) => n < fact.n)) early.push(fact)
  }
  return early
}

/** What was begun and not done, as it was begun. */
export const inWork = (facts: readonly MemberFact[]): readonly MemberFact[] => openOf(facts, 'done')

/** What was begun, and is not known to be committed: where the member dies then, it may be handled again. */
export const mayComeAgain = (facts: readonly MemberFact[]): readonly MemberFact[] => openOf(facts, 'committed')

function openOf(facts: readonly MemberFact[], end: MemberFact['fact']): readonly MemberFact[] {
  const open = new Map<string, MemberFact>()
  for (const fact of facts) {
    if (fact.fact === 'began') open.set(placeOf(fact), fact)
    if (fact.fact === end) open.delete(placeOf(fact))
  }
  return [...open.values()]
}

/**
 * What was begun more often than deaths explain: once, and once more for each member that was killed while it may have been in work.
 * Each of `killed` and `others` is what one member has told; no attempt of theirs failed.
 */
export function unexplained(
  killed: readonly (readonly MemberFact[])[],
  others: readonly (readonly MemberFact[])[],
): readonly MemberFact[] {
  const may = new Map<string, number>()
  for (const fact of killed.flatMap(mayComeAgain)) may.set(placeOf(fact), (may.get(placeOf(fact)) ?? 1) + 1)
  const begun = new Map<string, number>()
  return [...killed, ...others].flat().filter((fact) => {
    if (fact.fact !== 'began') return false
    const place = placeOf(fact)
    const times = (begun.get(place) ?? 0) + 1
    begun.set(place, times)
    return times > (may.get(place) ?? 1)
  })
}

/** The numbers of what was done, once each. */
export const doneOf = (facts: readonly MemberFact[]): ReadonlySet<number> =>
  new Set(facts.filter(({ fact }) => fact === 'done').map(({ n }) => n))
