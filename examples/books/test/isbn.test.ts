import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isbn } from '../isbn.ts'

describe('an ISBN', () => {
  // The same one in both lengths, one that ends in X, one that begins with 979, and the Hobbit.
  for (const text of ['9780306406157', '0306406152', '080442957X', '9791034304011', '9780261103344']) {
    it(`may be ${text}`, () => assert.equal(isbn.parse(text), text))
  }

  for (const [what, text] of [
    ['has a last digit that does not fit', '9780306406158'],
    ['has two digits changed round', '0306406512'],
    ['has hyphens', '978-0-306-40615-7'],
    ['has a small x', '080442957x'],
    ['has an X that is not the last', '08044X9572'],
    ['is that of no book', '9770306406158'],
    ['has a line end', '0306406152\n'],
    ['has digits of another script', '٠٣٠٦٤٠٦١٥٢'],
    ['is empty', ''],
    ['is a number', 306406152],
  ] as const) {
    it(`is refused where it ${what}`, () => assert.equal(isbn.safeParse(text).success, false))
  }
})
