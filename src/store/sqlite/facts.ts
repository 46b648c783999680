import { WillcallError } from '../../core/errors.ts'
import { MAX_FACTS } from '../fact-memory.ts'
import type { Fact } from '../store.ts'
import type { Session } from './session.ts'

/** Names from the prefix up to what begins otherwise. */
export function recall({ statements }: Session, prefix: string): readonly Fact[] {
  const facts: Fact[] = []
  for (const fact of statements.recall.iterate(prefix) as IterableIterator<Fact>) {
    if (!fact.name.startsWith(prefix)) break
    facts.push(fact)
  }
  return facts
}

/** True where the value was as expected, and is set. */
export function remember(
  { statements }: Session,
  name: string,
  value: string | undefined,
  expected: string | undefined,
): boolean {
  const [now] = (statements.fact.get(name) as [string] | undefined) ?? []
  if (now !== expected) return false
  if (value === undefined) {
    statements.removeFact.run(name)
    return true
  }
  if (expected === undefined && (statements.countFacts.get() as [number])[0] >= MAX_FACTS) throw tooMany(name)
  statements.setFact.run(name, value)
  return true
}

const tooMany = (name: string): WillcallError =>
  new WillcallError('no_room', `the fact could not be kept: there are ${MAX_FACTS} already`, { given: name })
