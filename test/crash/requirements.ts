import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import { env, getuid, platform } from 'node:process'

/** Where tools of the system are that are not on the path of every user. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin']

/** The exit code of a command that could not be tried here. */
export const NOT_POSSIBLE = 2

/** Something that the command needs is not on this machine. */
export class MissingError extends Error {
  override readonly name = 'MissingError'
}

export interface Needs {
  readonly root?: boolean
  readonly programs: readonly string[]
  readonly files?: readonly string[]
}

/** The environment in which the programs of the system are found. */
export const systemEnv = (): NodeJS.ProcessEnv => ({
  ...env,
  PATH: [env['PATH'], ...SYSTEM_FOLDERS].filter(Boolean).join(path.delimiter),
  LC_ALL: 'C',
})

/** What of it is missing here, in words; nothing where all is there. */
export function missing({ root = false, programs, files = [] }: Needs): readonly string[] {
  if (platform !== 'linux') return [`Linux: this is ${platform}`]
  const folders = (systemEnv()['PATH'] ?? '').split(path.delimiter)
  return [
    ...(root && getuid?.() !== 0 ? ['root'] : []),
    ...programs
      .filter((name) => !folders.some((folder) => isProgram(path.join(folder, name))))
      .map((name) => `the program ${name}`),
    ...files.filter((file) => !existsSync(file)),
  ]
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export function demand(needs: Needs): void {
  const what = missing(needs)
  if (what.length > 0) throw new MissingError(what.join(', '))
}
