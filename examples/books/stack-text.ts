import { errorText } from '../../src/index.ts'

/** Longest text, in UTF-16 code units. */
const MAX_TEXT = 10_000
const MAX_CAUSES = 5

/** The stack of what was thrown, and those of its causes. */
export function stackText(thrown: unknown): string {
  const stacks: string[] = []
  let error: unknown = thrown
  while (error !== undefined && stacks.length <= MAX_CAUSES) {
    stacks.push(error instanceof Error ? (error.stack ?? errorText(error)) : errorText(error))
    error = error instanceof Error ? error.cause : undefined
  }
  return stacks.join('\nbecause of ').slice(0, MAX_TEXT)
}
