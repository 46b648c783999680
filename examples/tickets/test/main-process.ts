import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Counts } from '../../../src/index.ts'
import { openSqlite } from '../../../src/sqlite.ts'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import { runProgram, type Started, startProgram } from '../../shared/test/program.ts'
import { serverThat, type TestServer } from '../../shared/test/server-that.ts'

const MAIN = new URL('../main.ts', import.meta.url)

type MainEnv = NodeJS.ProcessEnv & { readonly DATABASE: string }

/** The service as `npm start` runs it, with its stderr. */
export const startMain = (env: MainEnv): Promise<Started> => startProgram(MAIN, env)

/** Runs the service, which ends by itself, and answers with how it ended and what it wrote. */
export const runMain = (env: MainEnv) => runProgram(MAIN, env)

/** The path of a database in a folder of its own. */
export function aDatabase(): Disposable & { readonly path: string } {
  const folder = temporaryFolder('tickets')
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
