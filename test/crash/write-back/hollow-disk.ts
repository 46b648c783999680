import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill } from '../../store/sqlite/fill.ts'

const TMPFS_BYTES = 48 * 1_048_576
const DISK_BYTES = 32 * 1_048_576
const TOOLS = ['fallocate', 'fstrim', 'losetup', 'mkfs.ext4', 'mount', 'perl', 'umount'] as const

/** `_IOR('X', 125, __u32)`, and its flag for a shutdown that flushes nothing (include/uapi/linux/ext4.h). */
const SHUTDOWN =
  'open my $disk, "<", $ARGV[0] or die $!; my $flags = pack("L", 2); ioctl($disk, 0x8004587d, $flags) or die $!'

/**
 * An ext4 whose free blocks have nothing behind them: its device is a sparse file, and what is written to a block that is not there
 * yet can only be written back while the disk below has room. 1. What ext4 itself needs is always there. 2. All that was made goes
 * with it.
 */
export class HollowDisk implements Disposable {
  readonly folder: string
  readonly #made = new DisposableStack()
  readonly #below: string
  readonly #device: string

  constructor() {
    const taken = (): void => this.#made.dispose()
    process.once('exit', taken)
    this.#made.defer(() => void process.off('exit', taken))
    try {
      const base = mkdtempSync(join(tmpdir(), 'willcall-hollow-'))
      this.#made.defer(() => rmSync(base, { recursive: true }))
      this.#below = join(base, 'below')
      this.folder = join(base, 'disk')
      mkdirSync(this.#below)
      mkdirSync(this.folder)
      run('mount', '-t', 'tmpfs', '-o', `size=${TMPFS_BYTES}`, 'tmpfs', this.#below)
      this.#made.defer(() => run('umount', '--lazy', this.#below))
      const image = this.#madeImage()
      this.#device = run('losetup', '--find', '--show', image).trim()
      this.#made.defer(() => run('losetup', '--detach', this.#device))
      this.#mount()
      // Lazily: a process that was not waited for may still have a file open there, and takes it away with its end.
      this.#made.defer(() => run('umount', '--lazy', this.folder))
      // Takes away what is behind the free blocks, and only behind them.
      run('fstrim', this.folder)
    } catch (error) {
      this.#made.dispose()
      throw error
    }
  }

  #madeImage(): string {
    const image = join(this.#below, 'image')
    run('fallocate', '--length', String(DISK_BYTES), image)
    run('mkfs.ext4', '-q', '-F', '-E', 'nodiscard,lazy_itable_init=0,lazy_journal_init=0', image)
    run('fallocate', '--length', String(DISK_BYTES), image)
    return image
  }

  #mount(): void {
    run('mount', '-t', 'ext4', this.#device, this.folder)
  }

  /** From now on blocks that are not there yet cannot be written back. */
  fillBelow(): void {
    fill(join(this.#below, 'ballast'))
  }

  makeRoomBelow(): void {
    rmSync(join(this.#below, 'ballast'))
  }

  /** A power cut: nothing that is not on the device is written any more. */
  cut(): void {
    run('perl', '-e', SHUTDOWN, this.folder)
  }

  /** As after a power cut. Nobody may have a file open there. */
  mountAgain(): void {
    run('umount', this.folder)
    this.#mount()
  }

  [Symbol.dispose](): void {
    this.#made.dispose()
  }
}

function run(tool: (typeof TOOLS)[number], ...args: readonly string[]): string {
  return execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Why there can be no such disk here; undefined where there can. */
export function whyNoHollowDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it needs root on Linux'
  try {
    new HollowDisk()[Symbol.dispose]()
    return undefined
  } catch (error) {
    return `a loop device with ext4 cannot be had here: ${error instanceof Error ? error.message.trim() : String(error)}`
  }
}
