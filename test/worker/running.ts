import { systemClock } from '../../src/index.ts'

/** Runs the worker until the test is left; `stop` ends it sooner and resolves with what was not done. */
export function running<Message>(worker: { run(signal: AbortSignal): Promise<readonly Message[]> }): AsyncDisposable & {
  stop(): Promise<readonly Message[]>
} {
  const controller = new AbortController()
  const run = worker.run(controller.signal)
  const stop = (): Promise<readonly Message[]> => {
    controller.abort()
    return run
  }
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

/** A promise, and what settles it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}

export const codeOf = (code: string): { readonly code: string } => ({ code })

/** Lets the event loop turn until the fact is there. */
export async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await fact())) await systemClock.yield()
}
