import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill } from './fill.ts'

/** Why no disk can be mounted here; false where one can. To be given as `skip`. */
export const cannotMount: string | false = whyNoDisk()

export interface SmallDisk extends Disposable {
  readonly path: string
  file(name: string): string
  /** Leaves so much room, by default not a byte. */
  fill(kilobytesLeft?: number): void
  makeRoom(): void
  makeReadOnly(): void
}

/** A disk of its own, in memory, which goes with the test. */
export function aSmallDisk(kilobytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'willcall-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path], { stdio: 'pipe' })
  } catch (error) {
    rmdirSync(path)
    throw error
  }
  const file = (name: string): string => join(path, name)
  return {
    path,
    file,
    fill: (kilobytesLeft = 0) => {
      fill(file('ballast'))
      truncateSync(file('ballast'), statSync(file('ballast')).size - kilobytesLeft * 1_024)
    },
    makeRoom: () => rmSync(file('ballast')),
    makeReadOnly: () => void execFileSync('mount', ['-o', 'remount,ro', path]),
    [Symbol.dispose]: () => {
      execFileSync('umount', ['--lazy', path])
      rmdirSync(path)
    },
  }
}

function whyNoDisk(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux can mount a small disk'
  try {
    aSmallDisk(64)[Symbol.dispose]()
    return false
  } catch (error) {
    return `no disk can be mounted here: ${String(error)}`
  }
}
