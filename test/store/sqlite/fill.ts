import { closeSync, openSync, writeSync } from 'node:fs'

/** Writes into this file until the disk takes no more. */
export function fill(ballast: string): void {
  const fd = openSync(ballast, 'a')
  const page = Buffer.alloc(4_096)
  try {
    for (;;) writeSync(fd, page)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(fd)
  }
}
