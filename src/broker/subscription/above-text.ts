import { NO_TRIES, type Tries } from '../../core/ending.ts'
import { MAX_ABOVE_BYTES } from '../membership.ts'

/** Offsets from `from` up to, but without, `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What was tried of a record that is not done. */
export interface Tried {
  readonly offset: number
  readonly tries: Tries
  /** When it is tried again, in milliseconds since 1970. */
  readonly at: number
  /** Its handler may be under way. */
  readonly mayHaveBegun: boolean
}

/** What is known of the records from an offset on. */
export interface Above {
  /** Done or dead, in ascending order. */
  readonly done: readonly Range[]
  /** And those that may be under way, in the same order. */
  readonly tried: readonly Tried[]
}

/** Of our first format; a text that begins otherwise is not ours. */
const VERSION = 'w1'
const NUMBER = '[0-9a-z]{1,11}'
const TRIED = `${NUMBER}!?(?:,(?:${NUMBER})?)*`
const FORMAT = new RegExp(`^${VERSION} (?:${NUMBER}(?:\\.${NUMBER})*)? (?:${TRIED}(?:;${TRIED})*)?$`)

/** Small numbers, which nearly all are: to look one up takes a tenth of the time. */
const SMALL: readonly string[] = Array.from({ length: 1_296 }, (_, each) => each.toString(36))

const text = (value: number): string => (value < SMALL.length ? SMALL[value] : undefined) ?? value.toString(36)
const number = (written: string | undefined): number =>
  written === undefined || written === '' ? 0 : Number.parseInt(written, 36)

/**
 * `w1`, then the numbers of records that are not done and done in turn; and each that was tried or may be under way, as the way from the
 * one before it, `!` where it may be under way, when it is tried again, and its attempts, deaths, snoozes and closings. Numbers have the
 * base 36. No more than `MAX_ABOVE_BYTES`: where all does not fit, first the times are left out, then what was done last, then what was
 * tried last.
 */
export function aboveText(offset: number, { done, tried }: Above): string {
  if (done.length === 0 && tried.length === 0) return ''
  const written = joined(doneText(offset, done), triedText(offset, tried, true))
  return written.length <= MAX_ABOVE_BYTES ? written : shortened(offset, { done, tried })
}

function shortened(offset: number, { done, tried }: Above): string {
  for (;;) {
    const written = joined(doneText(offset, done), triedText(offset, tried, false))
    if (written.length <= MAX_ABOVE_BYTES) return written
    if (done.length > 0) done = mostOf(done)
    else tried = mostOf(tried)
  }
}

/** In steps, so that a text that is far too long takes few of them. */
const mostOf = <Value>(values: readonly Value[]): readonly Value[] => values.slice(0, Math.floor(values.length * 0.9))

const joined = (done: string, tried: string): string => `${VERSION} ${done} ${tried}`

function doneText(offset: number, done: readonly Range[]): string {
  let from = offset
  const runs: string[] = []
  for (const range of done) {
    runs.push(text(range.from - from), text(range.to - range.from))
    from = range.to
  }
  return runs.join('.')
}

function triedText(offset: number, tried: readonly Tried[], withTimes: boolean): string {
  let from = offset
  let written = ''
  for (const each of tried) {
    if (written !== '') written += ';'
    written += text(each.offset - from)
    if (each.mayHaveBegun) written += '!'
    written += fieldsText(each, withTimes)
    from = each.offset
  }
  return written
}

/** Those at the end that are 0 are left out, and the digits of the others. One after the other: each commit writes all of them. */
function fieldsText({ at, tries: { attempts, deaths, snoozes, closings } }: Tried, withTimes: boolean): string {
  let written = ''
  if (closings > 0) written = `,${text(closings)}`
  if (snoozes > 0 || written !== '') written = `,${digits(snoozes)}${written}`
  if (deaths > 0 || written !== '') written = `,${digits(deaths)}${written}`
  if (attempts > 0 || written !== '') written = `,${digits(attempts)}${written}`
  const time = withTimes ? at : 0
  return time > 0 || written !== '' ? `,${digits(time)}${written}` : ''
}

const digits = (value: number): string => (value === 0 ? '' : text(value))

/** Nothing where the text is not ours. */
export function aboveOf(offset: number, written: string): Above {
  if (!FORMAT.test(written)) return { done: [], tried: [] }
  const [, done = '', tried = ''] = written.split(' ')
  return { done: doneIn(offset, done), tried: triedIn(offset, tried) }
}

function doneIn(offset: number, written: string): readonly Range[] {
  const runs = written === '' ? [] : written.split('.').map(number)
  const done: Range[] = []
  let at = offset
  for (let run = 0; run + 1 < runs.length; run += 2) {
    const from = at + (runs[run] as number)
    at = from + (runs[run + 1] as number)
    done.push({ from, to: at })
  }
  return done
}

function triedIn(offset: number, written: string): readonly Tried[] {
  let at = offset
  return (written === '' ? [] : written.split(';')).map((each) => {
    const [way = '', ...fields] = each.split(',')
    at += number(way.replace('!', ''))
    const [due, attempts, deaths, snoozes, closings] = fields
    const tries = {
      ...NO_TRIES,
      attempts: number(attempts),
      deaths: number(deaths),
      snoozes: number(snoozes),
      closings: number(closings),
    }
    return { offset: at, tries, at: number(due), mayHaveBegun: way.endsWith('!') }
  })
}
