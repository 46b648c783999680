/** Lines kept. */
const MAX_LINES = 20
/** The longest line kept, in UTF-16 code units. */
const MAX_LINE = 500
/** What is told at each start, and of failures of the APIs: thousands of lines, and expected. */
const EXPECTED =
  / (has \d+ jobs to do, and \d+ that are dead|worker\.started|attempt\.(failed|snoozed|unknown|late)|upstream\.(closed|opened)|job\.dead .*this ticket is bad.*)( |$)/

/** The last lines of a log that are worth reading where something went wrong. */
export class LogTail {
  #lines: string[] = []
  #rest = ''

  /** Takes the next piece, wherever it is cut. */
  add(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE)
    const telling = lines.filter((line) => !EXPECTED.test(line)).map((line) => line.slice(0, MAX_LINE))
    this.#lines = [...this.#lines, ...telling].slice(-MAX_LINES)
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
