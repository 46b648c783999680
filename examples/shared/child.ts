import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/index.ts'

/** A child that has not said where it listens after this time is killed. */
const START_MS = 30_000
/** The longest text kept of what a child writes to stderr before it listens, in UTF-16 code units. */
const MAX_COMPLAINT = 2_000

/** Flags that load TypeScript, as tsx gives them to this process. The others (a debugger's port, `-e`) are not for a child. */
const LOADERS = /^(-r|--require|--import|--loader|--experimental-loader)(=|$)/

type Process = ChildProcessByStdio<Writable, Readable, Readable>

export interface ChildOptions {
  /** What errors call it: `the gateway`. */
  readonly name: string
  /** The program. It prints `listening on http://…`, and ends on SIGTERM and, where `STOP_WITH_PARENT` is 1, with its stdin. */
  readonly main: URL
  /** Added to this process's own environment. The port is picked unless it says otherwise. Default: nothing. */
  readonly env?: NodeJS.ProcessEnv
  /** A child that has not ended this long after it was stopped is killed. */
  readonly stopMs: number
  /** Gets what the child writes to stderr, once it listens. Default: this process's stderr. */
  readonly onComplaint?: (text: string) => void
}

export interface Child extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Resolves when it has ended and all that it wrote has arrived, with how: `exit code 0`, `SIGKILL`. */
  readonly ended: Promise<string>
  /** Resolves when it has ended. Safe to call twice. */
  stop(): Promise<void>
  /** Ends it as `kill -9` does, whatever it is at, and resolves when it has ended. */
  kill(): Promise<void>
}

/**
 * Starts a program in a process of its own and resolves once it listens. It ends with `stop()`, or when this process ends,
 * however it does; it never keeps this process alive.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { main, env = {}, stopMs, onComplaint = (text) => process.stderr.write(text) } = options
  const child = spawn(process.execPath, [...loaderFlags(), fileURLToPath(main)], {
    env: { ...process.env, PORT: '0', STOP_WITH_PARENT: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in a terminal reaches only this process, which then stops its children in order.
    detached: true,
  })
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  const url = await addressOf(child, options.name, onComplaint)
  keepAlive(child, false)

  let running = true
  void ended.then(() => {
    running = false
  })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!running) return
    keepAlive(child, true)
    child.kill(signal)
    const cut = systemClock.after(stopMs, () => child.kill('SIGKILL'))
    await ended
    cut.cancel()
  }
  const stop = (): Promise<void> => end('SIGTERM')
  return { url, pid: child.pid!, ended, stop, kill: () => end('SIGKILL'), [Symbol.asyncDispose]: stop }
}

/** What makes a child load TypeScript as this process does. `--import x` and `--import=x` are alike. */
export function loaderFlags(flags: readonly string[] = process.execArgv): string[] {
  return flags.filter((flag, at) => {
    const before = flags[at - 1] ?? ''
    return LOADERS.test(flag) || (LOADERS.test(before) && !before.includes('='))
  })
}

function addressOf(child: Process, name: string, onComplaint: (text: string) => void): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let complaint = ''
  const keepComplaint = (text: string): void => {
    complaint = `${complaint}${text}`.slice(0, MAX_COMPLAINT)
  }
  child.stderr.setEncoding('utf8').on('data', keepComplaint)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const url = /^listening on (http:\S+)$/.exec(line)?.[1]
    if (url === undefined) return
    child.stderr.off('data', keepComplaint).on('data', onComplaint)
    if (complaint !== '') onComplaint(complaint)
    resolve(url)
  })
  child.once('error', (cause) => reject(new Error(`${name} could not be started`, { cause })))
  child.once('close', (code, signal) => {
    reject(new Error(`${name} ended before it listened (${signal ?? `exit code ${code}`}): ${complaint.trim()}`))
  })
  const cut = systemClock.after(START_MS, () => child.kill('SIGKILL'))
  return promise.finally(() => cut.cancel())
}

/** Whether this process lives on for the child and its pipes. */
function keepAlive(child: Process, lives: boolean): void {
  const verb = lives ? 'ref' : 'unref'
  child[verb]()
  for (const pipe of [child.stdin, child.stdout, child.stderr]) {
    if (pipe instanceof Socket) pipe[verb]()
  }
}
