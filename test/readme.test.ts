import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../src/index.ts'
import { blocksIn, installed, root } from './installed.ts'
import { until } from './worker/running.ts'

const shown = join(root, 'examples/readme')

let user: ReturnType<typeof installed>
let folder = ''

before(() => {
  user = installed(shown)
  folder = user.path
})

after(() => user[Symbol.dispose]())

/** The README's blocks of this language. */
const blocks = (language: string): readonly string[] =>
  blocksIn(readFileSync(join(root, 'README.md'), 'utf8'), language)

/** What came out so far. */
function reader(stream: NodeJS.ReadableStream): { text: string } {
  const seen = { text: '' }
  stream.on('data', (chunk: Buffer) => (seen.text += chunk.toString()))
  return seen
}

describe('the README', () => {
  it('shows only programs that are files', () => {
    const files = new Set(readdirSync(shown).map((name) => readFileSync(join(shown, name), 'utf8')))
    const code = blocks('ts')
    assert.equal(code.length, files.size)
    for (const block of code) assert.ok(files.has(block), `no file of examples/readme is\n${block}`)
  })

  it("shows only commands that are scripts of the package, or npm's own", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const commands =
      blocks('sh')
        .join('')
        .match(/npm [^&\n]*/g) ?? []
    assert.ok(commands.length > 0)
    for (const command of commands) {
      const [, verb = '', name = ''] = command.trim().split(' ')
      if (verb === 'run') assert.ok(scripts[name], command)
      else assert.match(verb, /^(ci|install|test|start)$/)
    }
  })

  it('shows a service that issues every receipt, also after it was killed, and stops on SIGTERM', async () => {
    const receipts: string[] = []
    const api = createServer((request, response) => {
      const body: Buffer[] = []
      request.on('data', (chunk: Buffer) => body.push(chunk))
      request.on('end', () => {
        const fails = receipts.length === 0
        receipts.push((JSON.parse(Buffer.concat(body).toString()) as { ticket_id: string }).ticket_id)
        response.writeHead(fails ? 500 : 201).end()
      })
    }).listen(0, '127.0.0.1')
    await once(api, 'listening')
    const port = await freePort()
    const env = {
      ...process.env,
      PORT: String(port),
      RECEIPTS_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    }
    const service = spawn(process.execPath, ['orders.ts'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
    const log = reader(service.stderr)
    const answer = await posted(`http://127.0.0.1:${port}/orders`, { tickets: ['t1', 't2'] })
    assert.equal(answer.status, 202)
    await until(() => log.text.includes('attempt.failed'))
    service.kill('SIGKILL')
    await once(service, 'exit')
    const next = spawn(process.execPath, ['orders.ts'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
    const nextLog = reader(next.stderr)
    // The one before may have made the last call already.
    await until(() => receipts.length >= 3 && nextLog.text.includes('worker.started'))
    next.kill('SIGTERM')
    const [code] = (await once(next, 'exit')) as [number]
    assert.deepEqual([code, new Set(receipts)], [0, new Set(['t1', 't2'])])
    api.close()
  })

  it('shows rows, messages and the end of a job that are kept as one', () => {
    const output = execFileSync(process.execPath, ['transaction.ts'], { cwd: folder, encoding: 'utf8' })
    assert.equal(output, 'o1: receipt of o1\n')
  })

  it('shows two groups of which one fails, and the other has every record', () => {
    const output = execFileSync(process.execPath, ['topics.ts'], { cwd: folder, encoding: 'utf8' })
    assert.equal(output, 'o1: mailed at attempt 3; the sum is 1250\n')
  })

  it('shows tasks that are done by run, or found done by reconcile', async () => {
    const { newWorker } = (await import(join(folder, 'tasks.ts'))) as typeof import('../examples/readme/tasks.ts')
    const rows: string[][] = []
    let calls = 0
    const append = async (request: IncomingMessage): Promise<void> => {
      const { columns } = (await json(request)) as { columns: string[] }
      rows.push(columns)
      request.socket.resetAndDestroy()
    }
    const api = createServer((request, response) => {
      if (request.method === 'GET') {
        response.end(JSON.stringify({ rows }))
        return
      }
      calls += 1
      if (calls === 1) response.writeHead(503, { 'retry-after': '0' }).end()
      else void append(request)
    }).listen(0, '127.0.0.1')
    await once(api, 'listening')
    const worker = newWorker(`http://127.0.0.1:${(api.address() as AddressInfo).port}`)
    const stop = new AbortController()
    const running = worker.run(stop.signal)
    await worker.send({ task: 'appendRow', ticketId: 't1' })
    await worker.idle()
    stop.abort()
    assert.deepEqual([calls, rows, await running], [2, [['t1']], []])
    api.close()
  })

  it('shows a test that passes', () => {
    const output = execFileSync(process.execPath, ['orders-test.ts'], {
      cwd: folder,
      encoding: 'utf8',
      env: withoutTestContext,
    })
    assert.match(output, /pass 1/)
  })
})

/** Else the child takes itself for a part of this test run. */
const { NODE_TEST_CONTEXT: _context, ...withoutTestContext } = process.env

async function freePort(): Promise<number> {
  // Below those that the system gives to connections, or another test could have it meanwhile.
  const server = createServer().listen(randomInt(10_000, 30_000), '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return await freePort()
  }
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Posts once the service listens. */
async function posted(url: string, body: unknown): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    } catch {
      await systemClock.yield()
    }
  }
}
