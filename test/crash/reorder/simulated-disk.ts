import path from 'node:path'
import type { Moment } from './moments.ts'
import { type Covered, type Luck, SimulatedFile } from './simulated-file.ts'
import type { DiskCall } from './trace-line.ts'

/** A name that was given to a file, or taken from it. */
interface Naming {
  readonly name: string
  readonly file: SimulatedFile | undefined
}

/** Which syncs the disk answers well and does nothing. */
export type Ignored = (path: string, by: 'fsync' | 'fdatasync') => boolean

/**
 * What a disk may hold of the files of one folder, after the calls of a trace.
 * 1. The files are as `SimulatedFile` says. 2. Names were given and taken in the order of the calls, up to the last sync of the
 * folder for certain, and up to any later one perhaps.
 */
export class SimulatedDisk {
  readonly #folder: string
  readonly #isIgnored: Ignored
  /** As programs see it. */
  readonly #files = new Map<string, SimulatedFile>()
  readonly #certain = new Map<string, SimulatedFile>()
  #namings: readonly Naming[] = []
  readonly #underWay = new Map<DiskCall, () => void>()

  constructor(folder: string, isIgnored: Ignored = () => false) {
    this.#folder = folder
    this.#isIgnored = isIgnored
  }

  take({ call, is }: Moment): void {
    if (is === 'begin') this.#underWay.set(call, this.#begun(call))
    else this.#underWay.get(call)?.()
    if (is === 'end') this.#underWay.delete(call)
  }

  /** Answers with what its end does. */
  #begun(call: DiskCall): () => void {
    switch (call.kind) {
      case 'write':
      case 'truncate':
        return this.#file(call.path).change(call)
      case 'sync':
        return this.#isIgnored(call.path, call.by) ? () => {} : this.#syncBegun(call.path)
      case 'create':
        return () => this.#created(path.basename(call.path))
      case 'delete':
        return () => this.#named({ name: path.basename(call.path), file: undefined })
      default:
        return call satisfies never
    }
  }

  #syncBegun(file: string): () => void {
    if (file !== this.#folder) {
      const synced = this.#file(file)
      const covered: Covered = synced.syncBegins()
      return () => synced.syncEnded(covered)
    }
    const namings = new Set(this.#namings)
    return () => {
      for (const naming of this.#namings) if (namings.has(naming)) name(this.#certain, naming)
      this.#namings = this.#namings.filter((naming) => !namings.has(naming))
    }
  }

  #file(file: string): SimulatedFile {
    const found = this.#files.get(path.basename(file))
    if (found === undefined) throw new Error(`the trace does not tell who made ${file}`)
    return found
  }

  #created(of: string): void {
    if (!this.#files.has(of)) this.#named({ name: of, file: new SimulatedFile() })
  }

  #named(naming: Naming): void {
    name(this.#files, naming)
    this.#namings = [...this.#namings, naming]
  }

  /** One of the states that the disk may be in now: the bytes of each file, by its name. */
  afterCrash(random: () => number): ReadonlyMap<string, Buffer> {
    const found = new Map(this.#certain)
    const last = Math.floor(random() * (this.#namings.length + 1))
    for (const naming of this.#namings.slice(0, last)) name(found, naming)
    const luck = luckOf(random)
    return new Map([...found].map(([of, file]) => [of, file.afterCrash(random, luck)]))
  }
}

function name(files: Map<string, SimulatedFile>, { name: of, file }: Naming): void {
  if (file === undefined) files.delete(of)
  else files.set(of, file)
}

/** Nothing more than is certain in one crash of ten, all that was written in another, and any mixture else. */
function luckOf(random: () => number): Luck {
  const draw = random()
  if (draw < 0.1) return { none: 1, all: 0 }
  if (draw < 0.2) return { none: 0, all: 1 }
  const none = random()
  return { none, all: (1 - none) * random() }
}
