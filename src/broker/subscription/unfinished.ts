import type { AttemptedJob } from '../../attempt/stage.ts'
import type { Linked } from '../../channel/linked-list.ts'
import { type Ending, NO_TRIES, type Tries } from '../../core/ending.ts'
import type { JobId } from '../../core/message.ts'
import type { TopicRecord } from '../broker.ts'
import type { ReadRecord } from '../membership.ts'

/** What it is part of. */
export interface Work {
  /** Another member has the partition. */
  readonly isLost: boolean
  idOf(record: ReadRecord): JobId
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
  /** One that was replayed is where it was first. */
  readonly read: ReadRecord
  /** As its handler gets it, since it has begun. */
  #record: TopicRecord | undefined = undefined
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

  constructor(work: Work, read: ReadRecord, offset: number, bytes: number) {
    this.work = work
    this.read = read
    this.offset = offset
    this.bytes = bytes
  }

  get id(): JobId {
    return this.work.idOf(this.read)
  }

  /** Made anew for each attempt: what a handler does with its own changes nothing that is kept, or tried again. */
  begin(): void {
    const { topic, partition, offset, key, json, headers, timestamp } = this.read
    const payload: unknown = JSON.parse(json)
    this.#record = { topic, partition, offset, key, payload, headers, timestamp: new Date(timestamp) }
    this.isInWork = true
  }

  get record(): TopicRecord {
    if (this.#record === undefined) throw new Error('the record has not begun')
    return this.#record
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
