import type { Gateway } from './gateway.ts'

const KNOWN: ReadonlyMap<string, readonly string[]> = new Map([
  ['9780261103344', ['HarperCollins']],
  ['9780261102217', ['HarperCollins']],
  ['9780140328721', ['Puffin', 'Penguin']],
  ['080442957X', ['Ungar']],
])
const FAILING: ReadonlySet<string> = new Set(['9780000000002'])

/** Knows four ISBNs and always fails at one, 9780000000002; of all others it has no publisher. */
export function fakeGateway(): Gateway {
  return {
    publishersOf: async (isbn) => {
      if (FAILING.has(isbn)) throw new Error(`the fake gateway fails at ${isbn}`)
      return KNOWN.get(isbn) ?? []
    },
  }
}
