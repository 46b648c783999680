/** What a line of strace tells of one call to the system (`strace -f -y -xx`). */
export interface TraceLine {
  readonly thread: string
  /** Whether the line tells of the call's begin, of its end, or of both. */
  readonly tells: 'begin' | 'end' | 'both'
  readonly name: string
  /** The arguments as they were printed; empty where it tells of the end alone. */
  readonly args: string
  /** What the call returned; undefined where it has not ended, or never did. */
  readonly returned: number | undefined
}

const WHOLE = /^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)/
const BEGIN = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/
const END = /^(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+|\?)/

/** Undefined where the line tells of no call: of a signal, or of the end of a process. */
export function parseLine(line: string): TraceLine | undefined {
  const begin = BEGIN.exec(line)
  if (begin !== null) {
    const [, thread = '', name = '', args = ''] = begin
    return { thread, tells: 'begin', name, args, returned: undefined }
  }
  const end = END.exec(line)
  if (end !== null) {
    const [, thread = '', name = '', returned = ''] = end
    return { thread, tells: 'end', name, args: '', returned: numberOf(returned) }
  }
  const whole = WHOLE.exec(line)
  if (whole === null) return undefined
  const [, thread = '', name = '', args = '', returned = ''] = whole
  return { thread, tells: 'both', name, args, returned: numberOf(returned) }
}

const numberOf = (text: string): number | undefined => (text === '?' ? undefined : Number(text))

/** A call that changes what is on a disk, or makes sure of it. */
export type DiskCall =
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'sync'; readonly path: string; readonly by: 'fsync' | 'fdatasync' }
  | { readonly kind: 'create'; readonly path: string }
  | { readonly kind: 'delete'; readonly path: string }

const ON_FILE = /^\d+<([^>]*)>(\(deleted\))?(?:, (.*))?$/s
const BYTES_AT = /^"([^"]*)"(\.\.\.)?, \d+, (\d+)$/
const AT_PATH = /^(?:[^,]*, )?"([^"]*)"/

/** The system calls that are looked at. */
export const TRACED = ['pwrite64', 'ftruncate', 'fsync', 'fdatasync', 'unlink', 'unlinkat', 'openat'] as const

/** Undefined where it does nothing to a file that still has a name. Throws where strace has left bytes out. */
export function callOf(name: string, args: string): DiskCall | undefined {
  if (name === 'unlink' || name === 'unlinkat') return { kind: 'delete', path: pathIn(AT_PATH.exec(args)?.[1]) }
  if (name === 'openat') {
    return args.includes('O_CREAT') ? { kind: 'create', path: pathIn(AT_PATH.exec(args)?.[1]) } : undefined
  }
  const [, written, deleted, rest = ''] = ON_FILE.exec(args) ?? []
  if (written === undefined || deleted !== undefined) return undefined
  const path = pathIn(written)
  switch (name) {
    case 'pwrite64':
      return { kind: 'write', path, ...bytesIn(rest) }
    case 'ftruncate':
      return { kind: 'truncate', path, size: Number(rest) }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path, by: name }
    default:
      return undefined
  }
}

function bytesIn(args: string): { readonly bytes: Buffer; readonly at: number } {
  const [, hex, cut, at] = BYTES_AT.exec(args) ?? []
  if (hex === undefined || cut !== undefined) throw new Error(`strace has left bytes out: ${args.slice(-40)}`)
  return { bytes: bytesOf(hex), at: Number(at) }
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(String.raw`\x`, ''), 'hex')
const pathIn = (hex: string | undefined): string => bytesOf(hex ?? '').toString('utf8')
