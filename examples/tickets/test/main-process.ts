import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Counts } from '../../../src/index.ts'
import { openSqlite } from '../../../src/sqlite.ts'
import { type Child, loaderFlags, startChild } from '../child.ts'
import { temporaryFolder } from '../demo/temporary-folder.ts'
import { serverThat, type TestServer } from './server-that.ts'

const MAIN = new URL('../main.ts', import.meta.url)

export interface Started extends Child {
  /** Resolves with the first thing on stderr that fits. */
  said(pattern: RegExp): Promise<RegExpExecArray>
}

/** The service as `npm start` runs it, with its stderr. */
export async function startMain(env: NodeJS.ProcessEnv & { readonly DATABASE: string }): Promise<Started> {
  let stderr = ''
  let look: (() => void) | undefined
  const child = await startChild({
    name: 'the service',
    main: MAIN,
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

/** Runs the service, which ends by itself, and answers with how it ended and what it wrote. */
export async function runMain(env: NodeJS.ProcessEnv & { readonly DATABASE: string }) {
  const child = spawn(process.execPath, [...loaderFlags(), fileURLToPath(MAIN)], {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

/** The path of a database in a folder of its own. */
export function aDatabase(): Disposable & { readonly path: string } {
  const folder = temporaryFolder()
  return { ...folder, path: join(folder.path, 'tickets.db') }
}

/** What a database has while no service runs on it. */
export async function countsIn(database: string): Promise<Counts> {
  await using store = openSqlite(database)
  return await store.count()
}

/** APIs that hold every call until they are told to answer. `held` resolves once `count` calls are there. */
export async function holding(count: number): Promise<TestServer & { held: Promise<void>; answer(): void }> {
  const calls: ServerResponse[] = []
  const { promise: held, resolve } = Promise.withResolvers<void>()
  const server = await serverThat((request, response) => {
    request.resume()
    if (calls.push(response) === count) resolve()
  })
  const answer = (): void => {
    for (const call of calls) call.end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
  }
  return { ...server, held, answer }
}
