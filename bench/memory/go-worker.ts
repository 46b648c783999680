import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { jsonOf } from '../child.ts'
import type { CallSize } from './subject.ts'

const run = promisify(execFile)
const SOURCE = fileURLToPath(new URL('../go', import.meta.url))

interface GoOrder {
  readonly callSize: CallSize
  readonly failing: boolean
  readonly messages: number
  /** GOMAXPROCS where it is not Go's own choice. */
  readonly cores: number | undefined
}

/** The seed's worker in Go, built for this run. Leaving the scope removes the program. */
export class GoWorker implements AsyncDisposable {
  readonly version: string
  readonly #folder: string

  private constructor(version: string, folder: string) {
    this.version = version
    this.#folder = folder
  }

  /** Answers with undefined where Go is not installed. */
  static async build(): Promise<GoWorker | undefined> {
    const version = await goVersion()
    if (version === undefined) return undefined
    const worker = new GoWorker(version, await mkdtemp(join(tmpdir(), 'willcall-bench-')))
    await run('go', ['build', '-o', worker.#program, '.'], { cwd: SOURCE })
    return worker
  }

  async ms({ callSize, failing, messages, cores }: GoOrder): Promise<number> {
    const args = [`-messages=${messages}`, `-call=${callSize}`, `-failing=${failing}`]
    const cored = cores === undefined ? env : { ...env, GOMAXPROCS: String(cores) }
    return (await jsonOf<{ readonly ms: number }>(this.#program, args, cored)).ms
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }

  get #program(): string {
    return join(this.#folder, 'worker')
  }
}

async function goVersion(): Promise<string | undefined> {
  try {
    return (await run('go', ['env', 'GOVERSION'])).stdout.trim().replace('go', 'Go ')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
}
