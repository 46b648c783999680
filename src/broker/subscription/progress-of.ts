import type { Progress } from '../membership.ts'
import { aboveOf, aboveText, type Range, type Tried } from './above-text.ts'
import type { Inherited } from './inherited.ts'
import type { Unfinished } from './unfinished.ts'

interface Known {
  /** In the order of their offsets. */
  readonly first: Unfinished | undefined
  /** Where is to be read on. */
  readonly next: number
  /** The last record that is done, was tried, or may be under way, is before it. */
  readonly knownTo: number
  /** Of the records that were not read yet. */
  readonly inherited: Inherited
}

/** What is read and not unfinished is done. */
export function progressOf({ first, next, knownTo, inherited }: Known): Progress {
  const offset = first?.offset ?? next
  const done: Range[] = []
  const tried: Tried[] = []
  let from = offset
  for (let one = first; one !== undefined && one.offset < knownTo; one = one.after) {
    if (one.offset > from) done.push({ from, to: one.offset })
    from = one.offset + 1
    if (one.wasTried || one.mayHaveBegun) tried.push(one)
  }
  if (offset < from && from < knownTo) done.push({ from, to: knownTo })
  done.push(...inherited.doneFrom(next))
  tried.push(...inherited.triedFrom(next))
  return { offset, above: aboveText(offset, { done, tried }) }
}

/** The same progress as of an offset further on, before which there is nothing any more. */
export function progressFrom(offset: number, progress: Progress): Progress {
  const above = aboveOf(progress.offset, progress.above)
  let first = offset
  const done: Range[] = []
  for (const { from, to } of above.done) {
    if (from > first) done.push({ from, to })
    else first = Math.max(first, to)
  }
  const tried = above.tried.filter((one) => one.offset >= first)
  return { offset: first, above: aboveText(first, { done, tried }) }
}
