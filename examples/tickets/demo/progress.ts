/** Characters of the bar. */
const BAR = 30
/** Where there is no terminal, a line at most this often. */
const LINE_EVERY_MS = 1_000

export interface ProgressNow {
  readonly done: number
  readonly dead: number
  readonly total: number
  readonly elapsedMs: number
}

/** Where progress is shown: a terminal, or a file. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>

/** A bar that moves, on a terminal; else one plain line a second. */
export class Progress {
  readonly #stream: ProgressStream
  #shownAtMs = 0

  constructor(stream: ProgressStream) {
    this.#stream = stream
  }

  show(now: ProgressNow): void {
    if (this.#stream.isTTY) this.#stream.write(`\r\u001B[K${barOf(now)} ${textOf(now)}`)
    else if (now.elapsedMs - this.#shownAtMs >= LINE_EVERY_MS) this.#line(now)
  }

  /** The last state, and the end of its line. */
  end(now: ProgressNow): void {
    if (!this.#stream.isTTY) this.#line(now)
    else {
      this.show(now)
      this.#stream.write('\n')
    }
  }

  /** A line of its own, above the bar. */
  tell(line: string): void {
    this.#stream.write(`${this.#stream.isTTY ? '\r\u001B[K' : ''}${line}\n`)
  }

  #line(now: ProgressNow): void {
    this.#shownAtMs = now.elapsedMs
    this.#stream.write(`${textOf(now)}\n`)
  }
}

function barOf({ done, dead, total }: ProgressNow): string {
  const full = Math.floor((BAR * (done + dead)) / total)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`
}

function textOf({ done, dead, total, elapsedMs }: ProgressNow): string {
  const seconds = (elapsedMs / 1_000).toFixed(1)
  const [doneText, deadText, totalText] = [done, dead, total].map(shownNumber)
  return `${seconds} s: ${doneText} of ${totalText} jobs done, ${deadText} dead`
}

/** 12345 as `12,345`, wherever it runs. */
export const shownNumber = (value: number): string => value.toLocaleString('en-US')
