export const SECTOR_BYTES = 512

/** A change of a file that may be on the disk or not. */
type Change = { readonly at: number; readonly bytes: Buffer } | { readonly size: number }

interface Pending {
  readonly change: Change
  hasEnded: boolean
}

/** How much of what may be on the disk is there: each from 0 to 1, together at most 1. The rest is as it was at any moment. */
export interface Luck {
  /** As it was at the last sync. */
  readonly none: number
  /** As it was written last. */
  readonly all: number
}

/** What a sync that has begun will have brought onto the disk when it ends. */
export interface Covered {
  readonly changes: ReadonlySet<object>
}

/**
 * What a disk may hold of a file.
 * 1. What had been written before a sync began is there once it has ended. 2. Of the rest each sector is there as it was at some
 * moment since then, whatever the others are. 3. The same holds for the size, and what was never written is zeros.
 */
export class SimulatedFile {
  /** What is certainly there, and room for more. */
  #image = Buffer.alloc(0)
  #size = 0
  #pending: Pending[] = []

  /** Has begun; the answer ends it. */
  change(change: Change): () => void {
    const pending: Pending = { change, hasEnded: false }
    this.#pending.push(pending)
    return () => {
      pending.hasEnded = true
    }
  }

  syncBegins(): Covered {
    return { changes: new Set(this.#pending.filter(({ hasEnded }) => hasEnded)) }
  }

  syncEnded({ changes }: Covered): void {
    for (const pending of this.#pending) if (changes.has(pending)) this.#keep(pending.change)
    this.#pending = this.#pending.filter((pending) => !changes.has(pending))
  }

  #keep(change: Change): void {
    const size = sizeAfter(this.#size, change)
    if (size > this.#image.length) {
      const larger = Buffer.alloc(Math.max(size, 2 * this.#image.length))
      this.#image.copy(larger)
      this.#image = larger
    }
    if ('bytes' in change) change.bytes.copy(this.#image, change.at)
    else this.#image.fill(0, change.size)
    this.#size = size
  }

  /** One of the states that the disk may be in now. */
  afterCrash(random: () => number, luck: Luck): Buffer {
    const sizes = this.#sizes()
    const bytes = Buffer.alloc(Math.max(...sizes))
    this.#image.copy(bytes, 0, 0, this.#size)
    const versions = this.#versions(bytes.length, sizes)
    const chosen = versions.map((count) => (count === 0 ? 0 : chosenOf(count + 1, random, luck)))
    const seen = new Uint32Array(versions.length)
    this.#eachSector(sizes, (sector, change) => {
      seen[sector] = (seen[sector] ?? 0) + 1
      if ((seen[sector] ?? 0) <= (chosen[sector] ?? 0)) applyTo(bytes, sector, change)
    })
    return bytes.subarray(0, sizes[chosenOf(sizes.length, random, luck)])
  }

  /** What it was after each change, from the last certain one on. */
  #sizes(): readonly number[] {
    const sizes = [this.#size]
    for (const { change } of this.#pending) sizes.push(sizeAfter(sizes.at(-1) ?? 0, change))
    return sizes
  }

  /** How often each sector has changed. */
  #versions(length: number, sizes: readonly number[]): Uint32Array {
    const versions = new Uint32Array(Math.ceil(length / SECTOR_BYTES))
    this.#eachSector(sizes, (sector) => {
      versions[sector] = (versions[sector] ?? 0) + 1
    })
    return versions
  }

  #eachSector(sizes: readonly number[], visit: (sector: number, change: Change) => void): void {
    for (const [index, { change }] of this.#pending.entries()) {
      const from = 'bytes' in change ? change.at : change.size
      const to = 'bytes' in change ? change.at + change.bytes.length : (sizes[index] ?? 0)
      for (let sector = Math.floor(from / SECTOR_BYTES); sector * SECTOR_BYTES < to; sector += 1) visit(sector, change)
    }
  }
}

function sizeAfter(size: number, change: Change): number {
  return 'bytes' in change ? Math.max(size, change.at + change.bytes.length) : change.size
}

/** An index below `count`. */
function chosenOf(count: number, random: () => number, { none, all }: Luck): number {
  const draw = random()
  if (draw < none) return 0
  return draw < none + all ? count - 1 : Math.floor(random() * count)
}

function applyTo(bytes: Buffer, sector: number, change: Change): void {
  const first = sector * SECTOR_BYTES
  const end = Math.min(first + SECTOR_BYTES, bytes.length)
  if ('size' in change) {
    bytes.fill(0, Math.max(first, change.size), end)
    return
  }
  const from = Math.max(first, change.at)
  const to = Math.min(end, change.at + change.bytes.length)
  change.bytes.copy(bytes, from, from - change.at, to - change.at)
}
