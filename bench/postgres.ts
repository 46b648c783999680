import { execFile } from 'node:child_process'
import { access, chown, glob, realpath } from 'node:fs/promises'
import path from 'node:path'
import { env, getuid } from 'node:process'
import { promisify } from 'node:util'
import { FreshFolder } from './fresh-folder.ts'
import { freePort } from './free-port.ts'
import { ServerProgram } from './server-program.ts'

const run = promisify(execFile)

/** Where Debian keeps it, out of the PATH. */
const DEBIAN = '/usr/lib/postgresql/*/bin'
const USER = 'postgres'

/** A PostgreSQL of our own as it comes: empty, and each commit is on disk. Leaving the scope ends it. */
export class Postgres implements AsyncDisposable {
  readonly url: string
  readonly #started: AsyncDisposableStack

  private constructor(url: string, started: AsyncDisposableStack) {
    this.url = url
    this.#started = started
  }

  /** Its version; undefined where postgres is not installed. */
  static async installed(): Promise<string | undefined> {
    const programs = await programsFolder()
    if (programs === undefined) return undefined
    const { stdout } = await run(path.join(programs, 'postgres'), ['--version'])
    return /\d[\d.]*/.exec(stdout)?.[0]
  }

  /** Resolves once it listens; with undefined where postgres is not installed. */
  static async start(): Promise<Postgres | undefined> {
    const programs = await programsFolder()
    if (programs === undefined) return undefined
    await using stack = new AsyncDisposableStack()
    const port = await freePort()
    const folder = stack.use(await FreshFolder.make())
    const data = folder.file('data')
    const user = await unprivileged()
    if (user !== undefined) await chown(folder.path, user.uid, user.gid)
    const options = { cwd: folder.path, ...user }
    const initdb = ['--pgdata', data, '--username', USER, '--auth', 'trust', '--encoding', 'UTF8', '--no-locale']
    await run(path.join(programs, 'initdb'), initdb, options)
    const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '' }
    const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
    const program = path.join(programs, 'postgres')
    const ready = 'database system is ready to accept connections'
    stack.use(await ServerProgram.start({ program, args, options, says: 'stderr', ready, stopWith: 'SIGINT' }))
    return new Postgres(`postgres://${USER}@127.0.0.1:${port}/${USER}`, stack.move())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync()
  }
}

/** The folder of postgres and initdb: of the one in the PATH, else of the last one that Debian has. */
async function programsFolder(): Promise<string | undefined> {
  const inPath = (env['PATH'] ?? '').split(path.delimiter)
  const ofDebian: string[] = []
  for await (const folder of glob(DEBIAN)) ofDebian.push(folder)
  for (const folder of [...inPath, ...ofDebian.sort().toReversed()]) {
    const program = path.join(folder, 'postgres')
    if (await isThere(program)) return path.dirname(await realpath(program))
  }
  return undefined
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch {
    return false
  }
}

/** PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (getuid?.() !== 0) return undefined
  for (const name of [USER, 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(['-u', '-g'].map(async (of) => Number((await run('id', [of, name])).stdout)))
      return { uid: uid as number, gid: gid as number }
    } catch {
      // There is no such user.
    }
  }
  throw new Error('PostgreSQL needs a user that is not root: neither postgres nor nobody is there')
}
