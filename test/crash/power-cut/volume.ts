import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../../src/core/clock.ts'
import { MissingError, systemEnv } from '../requirements.ts'

/** How long something may keep it from being unmounted, in milliseconds: a killed program that has not quite ended. */
const BUSY_MS = 10_000
const TRY_MS = 50
/** A folder of the system that lies in memory. */
const MEMORY = '/dev/shm'

/** An ext4 of its own, in a file, which can lose its power. Removed with all that belongs to it when it is disposed of. */
export class Volume implements AsyncDisposable {
  readonly #home: string
  /** Where it is mounted. */
  readonly folder: string
  #device: string | undefined

  private constructor(bytes: number) {
    this.#home = mkdtempSync(path.join(homeOf(bytes), 'willcall-power-cut-'))
    this.folder = path.join(this.#home, 'volume')
  }

  /** Throws `MissingError` where no volume can be made on this machine. */
  static async make(bytes: number): Promise<Volume> {
    const volume = new Volume(bytes)
    try {
      volume.#make(bytes)
      return volume
    } catch (error) {
      await volume[Symbol.asyncDispose]()
      throw new MissingError(`a loop device with an ext4 (${textOf(error)})`, { cause: error })
    }
  }

  #make(bytes: number): void {
    const image = path.join(this.#home, 'image')
    closeSync(openSync(image, 'wx', 0o600))
    truncateSync(image, bytes)
    mkdirSync(this.folder)
    run('mkfs.ext4', '-q', '-F', image)
    this.#device = run('losetup', '--find', '--show', image).trim()
    this.#mount()
  }

  #mount(): void {
    if (this.#device !== undefined) run('mount', '-t', 'ext4', this.#device, this.folder)
  }

  /** As at the next start of the machine. Nobody may use it any more. */
  async restart(): Promise<void> {
    await this.#unmount()
    this.#mount()
  }

  async #unmount(): Promise<void> {
    const until = systemClock.elapsed() + BUSY_MS
    while (this.#isMounted()) {
      try {
        run('umount', this.folder)
      } catch (error) {
        if (systemClock.elapsed() >= until) throw error
        await new Promise<void>((resolve) => systemClock.after(TRY_MS, resolve))
      }
    }
  }

  #isMounted(): boolean {
    return isMounted(readFileSync('/proc/self/mounts', 'utf8'), this.folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#unmount()
    } catch {
      // It goes with the last program that has a file of it open: one that has found the file damaged may be this one.
      run('umount', '--lazy', this.folder)
    }
    if (this.#device !== undefined) run('losetup', '--detach', this.#device)
    this.#device = undefined
    rmSync(this.#home, { recursive: true, force: true })
  }
}

/** In memory where there is room: the disk below it is never asked to keep anything. */
function homeOf(bytes: number): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= 2 * bytes ? MEMORY : tmpdir()
  } catch {
    return tmpdir()
  }
}

/** `mounts` as in /proc/self/mounts, which writes what is special in a path as an octal number. */
export function isMounted(mounts: string, folder: string): boolean {
  const plain = (text: string): string =>
    text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  return mounts.split('\n').some((line) => plain(line.split(' ')[1] ?? '') === folder)
}

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', env: systemEnv(), stdio: ['ignore', 'pipe', 'pipe'] })

function textOf(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string }
  return (stderr?.trim() || message).replaceAll('\n', ' ')
}
