import { z } from 'zod'

/** The only spelling: without hyphens, so that the same ISBN is always the same text. */
export const isbn = z
  .string()
  .refine((text) => isIsbn10(text) || isIsbn13(text), 'must be 10 or 13 digits that fit each other, without hyphens')

/** https://www.isbn-international.org/content/isbn-users-manual/29: the sum with weights 10 to 1 is a multiple of 11. */
function isIsbn10(text: string): boolean {
  if (!/^[0-9]{9}[0-9X]$/.test(text)) return false
  return sumOf(text, (at) => 10 - at) % 11 === 0
}

/** The same: the sum with weights 1 and 3 in turn is a multiple of 10. */
function isIsbn13(text: string): boolean {
  if (!/^97[89][0-9]{10}$/.test(text)) return false
  return sumOf(text, (at) => (at % 2 === 0 ? 1 : 3)) % 10 === 0
}

function sumOf(text: string, weightAt: (at: number) => number): number {
  return Array.from(text, (digit, at) => (digit === 'X' ? 10 : Number(digit)) * weightAt(at)).reduce((a, b) => a + b)
}
