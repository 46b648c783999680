import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import ky from 'ky'
import { systemClock } from '../../../src/core/clock.ts'
import type { GatewayStatistics } from './gateway.ts'

/** A child that has not said where it listens after this time is killed. */
const START_MS = 30_000
/** A child that has not ended this long after SIGTERM is killed. */
const STOP_MS = 5_000
/** The longest text kept of what a child writes to stderr before it listens, in UTF-16 code units. */
const MAX_COMPLAINT = 2_000

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

/** Flags that load TypeScript, as tsx gives them to this process. The others (a debugger's port, `-e`) are not for a child. */
const LOADERS = /^(-r|--require|--import|--loader|--experimental-loader)(=|$)/

type Child = ChildProcessByStdio<Writable, Readable, Readable>

export interface GatewayProcessOptions {
  /** Added to this process's own environment: `SEED`, `FAIL_RATE`. Default: nothing; the port is picked. */
  readonly env?: NodeJS.ProcessEnv
}

export interface GatewayProcess extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  statistics(): Promise<GatewayStatistics>
  /** Resolves when the gateway has ended. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts a gateway in a process of its own and resolves once it listens. It ends with `stop()`, or when this process
 * ends, however it does; it never keeps this process alive.
 */
export async function startGatewayProcess({ env = {} }: GatewayProcessOptions = {}): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [...loaderFlags(process.execArgv), MAIN], {
    env: { ...process.env, PORT: '0', STOP_WITH_PARENT: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in a terminal reaches only the service, whose last calls still find the gateway.
    detached: true,
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = await addressOf(child)
  release(child)

  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    child.kill('SIGTERM')
    const cut = systemClock.after(STOP_MS, () => child.kill('SIGKILL'))
    await ended
    cut.cancel()
  }
  return {
    url,
    pid: child.pid!,
    statistics: () => ky.get(`${url}/statistics`, { retry: 0 }).json<GatewayStatistics>(),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** `--import x` and `--import=x` alike. */
function loaderFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, at) => {
    const before = flags[at - 1] ?? ''
    return LOADERS.test(flag) || (LOADERS.test(before) && !before.includes('='))
  })
}

function addressOf(child: Child): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let complaint = ''
  const keepComplaint = (text: Buffer): void => {
    complaint = `${complaint}${text.toString()}`.slice(0, MAX_COMPLAINT)
  }
  child.stderr.on('data', keepComplaint)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const url = /^listening on (http:\S+)$/.exec(line)?.[1]
    if (url === undefined) return
    child.stderr.off('data', keepComplaint).on('data', (text: Buffer) => process.stderr.write(text))
    resolve(url)
  })
  child.once('error', (cause) => reject(new Error('the gateway could not be started', { cause })))
  child.once('close', (code, signal) => {
    reject(new Error(`the gateway ended before it listened (${signal ?? `exit code ${code}`}): ${complaint.trim()}`))
  })
  const cut = systemClock.after(START_MS, () => child.kill('SIGKILL'))
  return promise.finally(() => cut.cancel())
}

/** From here on neither the child nor its pipes keep this process alive. */
function release(child: Child): void {
  child.unref()
  for (const pipe of [child.stdin, child.stdout, child.stderr]) {
    if (pipe instanceof Socket) pipe.unref()
  }
}
