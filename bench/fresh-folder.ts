import { rmSync } from 'node:fs'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** What statfs says of tmpfs, where a sync costs nothing. */
const TMPFS = 0x01_02_19_94

/** A folder of our own on a disk, empty. Leaving the scope removes it and what is in it. */
export class FreshFolder implements AsyncDisposable {
  readonly path: string
  /** Where the bench itself is ended, no scope is left. */
  readonly #atExit = (): void => rmSync(this.path, { recursive: true, force: true, maxRetries: 3 })

  private constructor(folder: string) {
    this.path = folder
    process.once('exit', this.#atExit)
  }

  static async make(): Promise<FreshFolder> {
    const { type } = await statfs(tmpdir())
    if (type === TMPFS)
      throw new Error('TMPDIR must be a folder on a disk, got one in memory: a sync costs nothing there')
    return new FreshFolder(await mkdtemp(path.join(tmpdir(), 'willcall-bench-')))
  }

  file(name: string): string {
    return path.join(this.path, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true })
    process.removeListener('exit', this.#atExit)
  }
}
