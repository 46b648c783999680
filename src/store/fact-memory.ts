import { WillcallError } from '../core/errors.ts'
import type { Fact } from './store.ts'

/** Facts kept at once. */
export const MAX_FACTS = 10_000

/** Facts by name, set only over the value that was expected. */
export class FactMemory {
  readonly #facts = new Map<string, string>()

  recall(prefix: string): readonly Fact[] {
    const facts = [...this.#facts].filter(([name]) => name.startsWith(prefix))
    return facts.map(([name, value]) => ({ name, value })).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  remember(name: string, value: string | undefined, expected: string | undefined): boolean {
    if (this.#facts.get(name) !== expected) return false
    if (value === undefined) this.#facts.delete(name)
    else if (expected === undefined && this.#facts.size >= MAX_FACTS) throw tooMany(name)
    else this.#facts.set(name, value)
    return true
  }
}

const tooMany = (name: string): WillcallError =>
  new WillcallError('no_room', `the fact could not be kept: there are ${MAX_FACTS} already`, { given: name })
