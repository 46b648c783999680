import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Child, loaderFlags, startChild } from '../child.ts'

export interface Started extends Child {
  /** Resolves with the first thing on stderr that fits. */
  said(pattern: RegExp): Promise<RegExpExecArray>
}

/** A service as npm runs it, with its stderr. */
export async function startProgram(main: URL, env: NodeJS.ProcessEnv): Promise<Started> {
  let stderr = ''
  let look: (() => void) | undefined
  const child = await startChild({
    name: 'the service',
    main,
    env,
    stopMs: 30_000,
    onComplaint: (piece) => {
      stderr += piece
      look?.()
    },
  })
  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      look = () => {
        const found = pattern.exec(stderr)
        if (found !== null) resolve(found)
      }
      look()
      void child.ended.then((how) => reject(new Error(`it ended with ${how} and never said ${pattern}: ${stderr}`)))
    })
  return { ...child, said }
}

/** Runs a service that ends by itself, and answers with how it ended and what it wrote. */
export async function runProgram(main: URL, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [...loaderFlags(), fileURLToPath(main)], {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}
