import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { isMainThread, parentPort } from 'node:worker_threads'

export type FactName = 'opening' | 'working' | 'sent' | 'began' | 'ended' | 'done' | 'stopping' | 'failed' | 'kept'

/** What a process of these tests has done; `value` is the number of a message where there is one. */
export interface Fact {
  readonly fact: FactName
  readonly value?: number | string
}

/** When it returns it is told, however the process dies then. */
export function tell(fact: FactName, value?: number | string): void {
  const told: Fact = value === undefined ? { fact } : { fact, value }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  if (!isMainThread) parentPort?.postMessage(told)
  else tellLine(JSON.stringify(told))
}

/** When it returns the line is told, however the process dies then. */
export function tellLine(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      // Who reads it is behind.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

/** Calls back with each line that it is told. It ends when its test does, and is kept alive by neither. */
export function listen(hear: () => void): void {
  if (!isMainThread) return
  const lines = createInterface({ input: process.stdin })
  lines.on('line', hear)
  lines.once('close', () => process.exit(1))
  ;(process.stdin as { unref?(): void }).unref?.()
}
