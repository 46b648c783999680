import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, mkdirSync } from 'node:fs'
import path from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LoadOrder } from '../load.ts'
import { MissingError, systemEnv } from '../requirements.ts'
import { type Moment, Moments } from './moments.ts'
import { type DiskCall, TRACED } from './trace-line.ts'

const PROGRAM = fileURLToPath(new URL('../load-program.ts', import.meta.url))
/** Larger than any write of SQLite: a page. */
const LONGEST_BYTES = 65_536
const STRACE = ['-f', '-y', '-xx', '-s', String(LONGEST_BYTES), '-e', 'signal=none', '-e', `trace=${TRACED.join(',')}`]
/** Starts its arguments at once and waits for all; their standard input tells them when this program is gone. */
const TOGETHER = 'exec 3<&0; node=$1; program=$2; shift 2; for order; do "$node" "$program" "$order" <&3 & done; wait'

/** A folder of traced programs: their database, and beside it what they have acknowledged. */
export interface Workplace {
  /** Of the database; real, without links. */
  readonly folder: string
  readonly database: string
  readonly markers: string
  readonly output: string
}

export function workplaceIn(home: string): Workplace {
  const folder = path.join(home, 'traced')
  const markers = path.join(home, 'markers')
  mkdirSync(folder)
  mkdirSync(markers)
  return { folder, markers, database: path.join(folder, 'a.db'), output: path.join(home, 'trace') }
}

/** Throws `MissingError` where strace may not trace. */
export function tryStrace(): void {
  const { status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], {
    env: systemEnv(),
    encoding: 'utf8',
  })
  if (status !== 0) throw new MissingError(`an strace that may trace (${stderr.trim()})`)
}

/** Runs the orders at once under strace, to their end. */
export async function trace(orders: readonly LoadOrder[], output: string, signal: AbortSignal): Promise<void> {
  const programs = ['sh', '-c', TOGETHER, 'sh', execPath, PROGRAM, ...orders.map((order) => JSON.stringify(order))]
  // In a group of its own, to be ended with all that it has started.
  const strace = spawn('strace', [...STRACE, '-A', '-o', output, ...programs], {
    env: systemEnv(),
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
  })
  const stop = (): void => void (strace.pid !== undefined && process.kill(-strace.pid, 'SIGKILL'))
  signal.addEventListener('abort', stop)
  try {
    const [code, by] = await once(strace, 'close')
    signal.throwIfAborted()
    if (code !== 0) throw new Error(`strace ended with ${String(code ?? by)}`)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** All that happened to the database, its WAL and its journal, to their folder, and to the markers. */
export async function momentsOf({ folder, database, markers, output }: Workplace): Promise<readonly Moment[]> {
  const isSeen = (call: DiskCall): boolean =>
    (call.kind === 'sync' && call.path === folder) ||
    [database, `${database}-wal`, `${database}-journal`].includes(call.path) ||
    (call.kind === 'write' && path.dirname(call.path) === markers)
  const moments = new Moments(isSeen)
  for await (const line of createInterface({ input: createReadStream(output) })) moments.take(line)
  return moments.all
}
