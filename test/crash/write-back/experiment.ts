import { createRequire } from 'node:module'
import { join } from 'node:path'
import { systemClock } from '../../../src/index.ts'
import type { Database, DatabaseConstructor } from '../../../src/store/sqlite/file/database.ts'
import { Child } from '../../store/sqlite/lock-child.ts'
import { HollowDisk } from './hollow-disk.ts'
import { FILLER, type SubjectName } from './subjects.ts'
import type { Acknowledged, Order } from './writer.ts'

const Connection = createRequire(import.meta.url)('better-sqlite3') as DatabaseConstructor

/** Acknowledged before the disk fails, and after it. */
const BEFORE = 20
const AFTER = 60
/** How long the disk goes on failing, in milliseconds: a recovery is tried meanwhile, and more than once. */
const FULL_MS = 1_700
/** A reader goes after so many milliseconds, or once so many are acknowledged in spite of it. */
const READER_MS = 2_000
const BESIDE_READER = 20
/** So long a subject may refuse everything, in milliseconds. */
const MAX_REFUSING_MS = 30_000
/** So many sends cannot all fit into blocks that are there already. */
const MAX_UNHURT = 200

export interface Experiment {
  readonly subject: SubjectName
  /** Killed after the error, and started again. */
  readonly isKilled?: boolean
  /** Somebody reads from before the error until after it. */
  readonly isRead?: boolean
}

export interface Outcome {
  readonly refused: number
  readonly before: number
  readonly lostBefore: number
  readonly after: number
  readonly lostAfter: number
  readonly integrity: string
}

class Writer extends Child<Acknowledged & Record<string, never>> {
  #next = 0

  get next(): number {
    return this.#next
  }

  static start(subject: SubjectName, path: string, next = 0): Writer {
    const writer = new Writer('../../crash/write-back/writer.ts', [subject, path])
    writer.#next = next
    return writer
  }

  async sendSome(count: number): Promise<readonly number[]> {
    const order: Order = { first: this.#next, count }
    this.#next += count
    const answer = await this.ask({ ...order })
    return answer?.acknowledged ?? []
  }
}

/** One write-back error, what a subject does about it, and a power cut later on. */
export async function outcomeOf({ subject, isKilled, isRead }: Experiment): Promise<Outcome> {
  using disk = new HollowDisk()
  const path = join(disk.folder, 'a.db')
  await using opened = new AsyncDisposableStack()
  let writer = opened.use(Writer.start(subject, path))
  const before = await writer.sendSome(BEFORE)
  const reader = isRead ? readerOf(path) : undefined
  opened.defer(async () => void reader?.close())
  disk.fillBelow()
  let refused = await refusedOf(writer)
  await new Promise<void>((resolve) => systemClock.after(FULL_MS, resolve))
  disk.makeRoomBelow()
  if (isKilled) {
    await writer.kill()
    writer = opened.use(Writer.start(subject, path, writer.next))
  }
  const after: number[] = []
  const since = systemClock.elapsed()
  while (after.length < AFTER) {
    const count = after.length === 0 ? 1 : 10
    const acknowledged = await writer.sendSome(count)
    after.push(...acknowledged)
    refused += count - acknowledged.length
    const ms = systemClock.elapsed() - since
    if (ms > READER_MS || after.length >= BESIDE_READER) reader?.close()
    if (ms > MAX_REFUSING_MS) throw new Error(`${subject} still refuses after ${MAX_REFUSING_MS} ms`)
  }
  disk.cut()
  await writer.kill()
  reader?.close()
  disk.mountAgain()
  const { numbers, integrity } = foundIn(path)
  const lost = (of: readonly number[]): number => of.filter((n) => !numbers.has(n)).length
  return {
    refused,
    before: before.length,
    lostBefore: lost(before),
    after: after.length,
    lostAfter: lost(after),
    integrity,
  }
}

/** Sends until the disk fails. */
async function refusedOf(writer: Writer): Promise<number> {
  for (let sends = 0; sends < MAX_UNHURT; sends += 1) {
    if ((await writer.sendSome(1)).length === 0) return 1
  }
  throw new Error(`the disk did not fail in ${MAX_UNHURT} sends`)
}

function readerOf(path: string): Database {
  const reader = new Connection(path, { timeout: 2_000 })
  reader.exec('begin')
  reader.prepare('select * from sqlite_schema').all()
  return reader
}

/** What is there, and as it was sent: a page that was lost is full of zeros. */
function foundIn(path: string): { readonly numbers: ReadonlySet<number>; readonly integrity: string } {
  const database = new Connection(path, { timeout: 2_000, fileMustExist: true })
  try {
    const isWhole = database.pragma('integrity_check', { simple: true }) === 'ok'
    const isPlain = database.prepare("select 1 from sqlite_schema where name = 'kept'").get() !== undefined
    const ofWillcall = "select payload ->> 'n' from willcall_job where json_valid(payload) and payload ->> 'filler' = ?"
    const sql = isPlain ? 'select n from kept where filler = ?' : ofWillcall
    const rows = database.prepare(sql).raw().all(FILLER) as (readonly [number])[]
    return { numbers: new Set(rows.map(([n]) => n)), integrity: isWhole ? 'ok' : 'damaged' }
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('SQLITE_')) throw error
    return { numbers: new Set(), integrity: 'damaged' }
  } finally {
    database.close()
  }
}
