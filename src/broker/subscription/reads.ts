import type { Member, Read } from '../membership.ts'
import type { PartitionWork } from './partition-work.ts'

export interface ReadsOptions {
  readonly member: Pick<Member, 'read'>
  /** So many records are read at once. */
  readonly most: number
  readonly failed: (error: unknown) => void
  /** Called when something was read. */
  readonly came: () => void
}

/** Reads on in each partition of which not enough is read; at once where the engine answers at once. */
export class Reads {
  readonly #options: ReadsOptions

  constructor(options: ReadsOptions) {
    this.#options = options
  }

  begin(works: Iterable<PartitionWork>): void {
    const { member, most } = this.#options
    for (const work of works) {
      const from = work.readFrom
      if (from === undefined) continue
      work.reading()
      try {
        const read = member.read(work.assigned, from, most)
        if (read instanceof Promise) void this.#wait(work, read)
        else this.#came(work, read)
      } catch (error) {
        this.#failed(work, error)
      }
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
