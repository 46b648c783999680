import type { Bell } from '../../channel/bell.ts'

/** A member, as far as it is told of what others do. */
export interface Told {
  /** The number of its group; undefined while it has none. */
  readonly group: number | undefined
  readonly changed: Bell
  reads(topics: ReadonlySet<number>): boolean
  mayBeMoved(): void
}

/** A member as its row says. */
export interface MemberRow {
  readonly group: number
  readonly member: number
}

/** The members of this process, who are told of what is done in it. */
export class Members {
  readonly #all = new Set<Told>()

  /** Those that have left, and whose rows could not be taken away. */
  #leaving: readonly MemberRow[] = []

  add(member: Told): void {
    this.#all.add(member)
  }

  remove(member: Told): void {
    this.#all.delete(member)
  }

  /** These topics have more records. */
  published(topics: ReadonlySet<number>): void {
    for (const member of this.#all) if (member.reads(topics)) member.changed.ring()
  }

  /** One of this group has joined or left, or has let a partition go. */
  moved(group: number): void {
    for (const member of this.#all) if (member.group === group) member.mayBeMoved()
  }

  leaveLater({ group, member }: MemberRow): void {
    this.#leaving = [...this.#leaving, { group, member }]
  }

  /** What was to be taken away later, once. */
  takeLeaving(): readonly MemberRow[] {
    const leaving = this.#leaving
    this.#leaving = []
    return leaving
  }
}
