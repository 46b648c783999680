import type { AttemptedJob } from '../../attempt/stage.ts'
import type { Linked } from '../../channel/linked-list.ts'
import { type Ending, NO_TRIES, type Tries } from '../../core/ending.ts'
import type { JobId } from '../../core/message.ts'
import type { TopicRecord } from '../broker.ts'

/** What it is part of. */
export interface Work {
  /** Another member has the partition. */
  readonly isLost: boolean
  idOf(record: TopicRecord): JobId
  ended(one: Unfinished, ending: Ending): void
}

/** Records of one key. */
export interface Line {
  /** At the front; the others wait for it. */
  head: Unfinished | undefined
  last: Unfinished | undefined
}

/** A record that was read and is not done. */
export class Unfinished implements AttemptedJob, Linked<Unfinished> {
  before: Unfinished | undefined = undefined
  after: Unfinished | undefined = undefined
  /** Where it stands, and who is next there; only `KeyLines` writes these. */
  line: Line | undefined = undefined
  behind: Unfinished | undefined = undefined
  /** As handlers get it: one that was replayed is where it was first. */
  readonly record: TopicRecord
  /** Where it was read. */
  readonly offset: number
  readonly work: Work
  readonly bytes: number
  tries: Tries = NO_TRIES
  /** When it is tried again, in milliseconds since 1970. */
  at = 0
  /** It is told by every commit from now on that its handler may be under way. */
  mayHaveBegun = false
  /** Such a commit is written: it may begin. */
  isMarked = false
  isInWork = false
  /** Behind others of its key. */
  isBlocked = false

  constructor(work: Work, record: TopicRecord, offset: number, bytes: number) {
    this.work = work
    this.record = record
    this.offset = offset
    this.bytes = bytes
  }

  get id(): JobId {
    return this.work.idOf(this.record)
  }

  get payload(): unknown {
    return this.record.payload
  }

  /** Something must be kept of it beside that it is not done. */
  get wasTried(): boolean {
    const { attempts, deaths, snoozes, closings } = this.tries
    return attempts + deaths + snoozes + closings > 0
  }
}
