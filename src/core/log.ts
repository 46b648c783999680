import type { Writable } from 'node:stream'
import { systemClock } from './clock.ts'
import { errorText } from './error-text.ts'
import { type EventName, eventNames, subscribe } from './events.ts'

/** While this many bytes wait in the stream, lines are left out and counted instead of kept. */
const MAX_WAITING_BYTES = 1_048_576

/** One for every message; told only where they are asked for. */
const FREQUENT: ReadonlySet<EventName> = new Set(['job.sent', 'attempt.started', 'job.done', 'record.done'])

/** What JSON leaves as it is and a terminal or a reader of lines acts on: C1 controls, line ends, changes of direction. */
const UNSAFE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

export interface LogOptions {
  /** Which facts are told. Default: all but `job.sent`, `attempt.started`, `job.done` and `record.done`. */
  readonly events?: readonly EventName[]
}

/**
 * Writes one line for each fact: time, name, and its fields as `name=value`, texts quoted so that a line stays a line.
 * Payloads are never among them. A stream that does not keep up loses lines, and is told how many. Returns what ends it.
 */
export function logTo(stream: Writable, options: LogOptions = {}): () => void {
  const { events = eventNames.filter((name) => !FREQUENT.has(name)) } = options
  let leftOut = 0
  const tell = (name: string, fact: object): void => {
    if (stream.writableLength > MAX_WAITING_BYTES) {
      leftOut += 1
      return
    }
    if (leftOut > 0) {
      stream.write(line('log.cut', { lines: leftOut }))
      leftOut = 0
    }
    stream.write(line(name, fact))
  }
  const ends = events.map((name) => subscribe(name, (fact) => tell(name, fact)))
  return () => {
    for (const end of ends) end()
    if (leftOut > 0) stream.write(line('log.cut', { lines: leftOut }))
    leftOut = 0
  }
}

function line(name: string, fact: object): string {
  const fields = Object.entries(fact).map(([field, value]) => ` ${field}=${shown(field, value)}`)
  return `${new Date(systemClock.now()).toISOString()} ${name}${fields.join('')}\n`
}

function shown(field: string, value: unknown): string {
  if (field === 'error') return quoted(errorText(value))
  const at = field === 'at' ? new Date(value as number) : undefined
  return at === undefined || Number.isNaN(at.getTime()) ? quoted(value) : at.toISOString()
}

const quoted = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (unsafe) => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`)
