import { callOf, type DiskCall, parseLine } from './trace-line.ts'

/** A call has begun, or it has ended well. What failed, or never ended, has begun alone. */
export interface Moment {
  readonly call: DiskCall
  readonly is: 'begin' | 'end'
}

/** The lines of a trace, one after the other, as the moments of the calls that are looked at. */
export class Moments {
  readonly #isSeen: (call: DiskCall) => boolean
  readonly #underWay = new Map<string, DiskCall>()
  readonly all: Moment[] = []

  constructor(isSeen: (call: DiskCall) => boolean) {
    this.#isSeen = isSeen
  }

  take(text: string): void {
    const line = parseLine(text)
    if (line === undefined) return
    const { thread, tells, name, args, returned } = line
    const call = tells === 'end' ? this.#underWay.get(thread) : callOf(name, args)
    this.#underWay.delete(thread)
    if (call === undefined || !this.#isSeen(call)) return
    if (tells === 'begin') this.#underWay.set(thread, call)
    if (tells !== 'end') this.all.push({ call, is: 'begin' })
    if (tells !== 'begin' && succeeded(call, returned)) this.all.push({ call, is: 'end' })
  }
}

function succeeded(call: DiskCall, returned: number | undefined): boolean {
  if (returned === undefined || returned < 0) return false
  if (call.kind === 'write' && returned !== call.bytes.length) {
    throw new Error(`${returned} of ${call.bytes.length} bytes were written to ${call.path}`)
  }
  return true
}
