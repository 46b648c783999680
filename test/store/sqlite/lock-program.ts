import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { LockFile } from '../../../src/store/sqlite/owner/lock-file.ts'
import { LockFiles } from '../../../src/store/sqlite/owner/lock-files.ts'

/** Does with lock files what it is told, as a process or as a thread. It is a file of its own, since it has to die. */
export type Order =
  | {
      readonly verb:
        | 'hold'
        | 'holdUnreferenced'
        | 'holdCarelessly'
        | 'read'
        | 'renew'
        | 'letGo'
        | 'release'
        | 'collectGarbage'
    }
  | { readonly verb: 'take' | 'takeUntilItIsDead' | 'lookForever'; readonly name: string }

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor
const database = isMainThread ? (process.argv[2] ?? '') : (workerData as string)
const files = new LockFiles(database, Connection)
let held: LockFile | undefined

function hold(): string {
  const { name, file } = files.hold()
  held = file
  return name
}

/** As it would be without the set of connections. */
function holdCarelessly(): string {
  const name = `-owner-${crypto.randomUUID()}`
  new Connection(`${database}${name}`, { timeout: 0 }).exec('begin exclusive')
  return name
}

function take(name: string): string {
  const taken = files.take(name)
  if (!(taken instanceof LockFile)) return taken
  held = taken
  return 'dead'
}

async function collectGarbage(): Promise<string> {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('start it with --expose-gc')
  for (let times = 0; times < 10; times += 1) await gc({ execution: 'async' })
  return 'done'
}

async function takeUntilItIsDead(name: string): Promise<string> {
  let taken = take(name)
  while (taken === 'alive') {
    await new Promise((resolve) => process.nextTick(resolve))
    taken = take(name)
  }
  return taken
}

async function lookForever(name: string): Promise<never> {
  for (;;) {
    await takeUntilItIsDead(name)
    held?.letGo()
  }
}

function answerTo(order: Order): string | boolean | Promise<string> {
  switch (order.verb) {
    case 'hold':
      return hold()
    case 'holdUnreferenced':
      return files.hold().name
    case 'holdCarelessly':
      return holdCarelessly()
    case 'read':
      return readFileSync(held?.path ?? '', 'utf8')
    case 'renew':
      return held?.renew() ?? 'none'
    case 'letGo':
      held?.letGo()
      return 'done'
    case 'release':
      held?.release()
      return 'done'
    case 'collectGarbage':
      return collectGarbage()
    case 'take':
      return take(order.name)
    case 'lookForever':
      return lookForever(order.name)
    case 'takeUntilItIsDead':
      return takeUntilItIsDead(order.name)
    default:
      return order satisfies never
  }
}

async function obey(order: Order): Promise<void> {
  const answer = await answerTo(order)
  if (isMainThread) process.send?.(answer)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  else parentPort?.postMessage(answer)
}

if (isMainThread) process.on('message', (order: Order) => void obey(order))
else parentPort?.on('message', (order: Order) => void obey(order))
