import { execFileSync } from 'node:child_process'
import { closeSync, open, openSync } from 'node:fs'

/** Libuv's own default. */
const POOL_THREADS = Number(process.env.UV_THREADPOOL_SIZE ?? 4)

/** What holds the pool is a pipe, which only these systems have as a file. */
export const needsPipes = process.platform === 'win32' ? 'Windows has no named pipes among its files' : false

/** Gives every thread of the pool a call that does not end before this is left: it opens a pipe at which nobody writes. */
export function heldPool(pipe: string): Disposable & { readonly calls: number } {
  execFileSync('mkfifo', [pipe])
  let writer: number | undefined
  let calls = POOL_THREADS
  const opened = (_: unknown, fd: number): void => {
    calls -= 1
    closeSync(fd)
    if (calls === 0 && writer !== undefined) closeSync(writer)
  }
  for (let thread = 0; thread < POOL_THREADS; thread += 1) open(pipe, 'r', opened)
  return {
    get calls() {
      return calls
    },
    [Symbol.dispose]() {
      // Who opens it for both waits for nobody.
      writer = openSync(pipe, 'r+')
    },
  }
}
