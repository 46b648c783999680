/** Longest text kept of an error, in UTF-16 code units. */
export const MAX_ERROR_TEXT = 2_000
const MAX_CAUSES = 5

const oneLine = (value: unknown): string => {
  if (!(value instanceof Error)) return `${typeof value} was thrown: ${shown(value)}`
  return value.message === '' ? value.name : `${value.name}: ${value.message}`
}

const shown = (value: unknown): string => {
  try {
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** A part of a text keeps the whole of it in memory: a kept error would keep the response that it quotes from. */
const copied = (text: string): string => Buffer.from(text).toString()

/** What was thrown, and its causes, as one bounded text without a stack. Takes whatever can be thrown. */
export function errorText(thrown: unknown): string {
  try {
    let text = oneLine(thrown)
    let cause = thrown instanceof Error ? thrown.cause : undefined
    for (let depth = 0; cause !== undefined && depth < MAX_CAUSES; depth += 1) {
      text += `; because of ${oneLine(cause)}`
      cause = cause instanceof Error ? cause.cause : undefined
    }
    return copied(text.length > MAX_ERROR_TEXT ? `${text.slice(0, MAX_ERROR_TEXT - 1)}…` : text)
  } catch {
    return 'an error that cannot be shown'
  }
}
