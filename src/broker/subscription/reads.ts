import type { Clock } from '../../core/clock.ts'
import type { Member, Read } from '../membership.ts'
import type { PartitionWork } from './partition-work.ts'

/** Of all partitions together: where more is read and not done, it is read on only where nothing is, one record at a time. */
const MAX_BYTES = 67_108_864
/** An engine that answers at once is not asked for longer at a time, in milliseconds. */
const MAX_TURN_MS = 2

export interface ReadsOptions {
  readonly member: Pick<Member, 'read'>
  readonly clock: Clock
  /** So many records are read at once. */
  readonly most: number
  readonly failed: (error: unknown) => void
  /** Called when something was read. */
  readonly came: () => void
}

/** Reads on in each partition of which not enough is read; at once where the engine answers at once. */
export class Reads {
  readonly #options: ReadsOptions
  /** Which partition is read first, next time. */
  #turn = 0

  constructor(options: ReadsOptions) {
    this.#options = options
  }

  begin(works: Iterable<PartitionWork>): void {
    const { clock, most, came } = this.#options
    const all = [...works]
    let bytes = all.reduce((sum, work) => sum + work.bytes, 0)
    const began = clock.elapsed()
    for (let asked = 0; asked < all.length; asked += 1) {
      const work = all[this.#turn % all.length] as PartitionWork
      this.#turn += 1
      const from = work.readFrom
      const isFull = bytes >= MAX_BYTES
      if (from === undefined || (isFull && work.bytes > 0)) continue
      bytes += this.#begin(work, from, isFull ? 1 : most)
      if (clock.elapsed() - began >= MAX_TURN_MS) return came()
    }
  }

  /** Answers with how many bytes came at once. */
  #begin(work: PartitionWork, from: number, most: number): number {
    const { member } = this.#options
    work.reading()
    try {
      const read = member.read(work.assigned, from, most)
      if (read instanceof Promise) void this.#wait(work, read)
      else this.#came(work, read)
      return read instanceof Promise ? 0 : read.bytes
    } catch (error) {
      this.#failed(work, error)
      return 0
    }
  }

  async #wait(work: PartitionWork, reading: Promise<Read>): Promise<void> {
    try {
      this.#came(work, await reading)
    } catch (error) {
      this.#failed(work, error)
    }
  }

  #came(work: PartitionWork, read: Read): void {
    work.add(read)
    this.#options.came()
  }

  #failed(work: PartitionWork, error: unknown): void {
    work.notRead()
    this.#options.failed(error)
  }
}
