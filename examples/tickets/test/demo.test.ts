import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loaderFlags } from '../../shared/child.ts'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import { startGateway } from '../gateway/gateway.ts'
import { serverThat, type TestServer } from '../../shared/test/server-that.ts'

const DEMO = fileURLToPath(new URL('../demo.ts', import.meta.url))
/** Two orders, of 3 and 13 tickets. Of the second one 4 are canceled: 28 jobs in all. Nothing is killed. */
const SMALL = { ORDERS: '2', SEED: '7', KILLS: '0' }
/** No failures but those that are added. */
const HARMLESS = Object.fromEntries(
  ['FAIL', 'LIMIT', 'UNAVAILABLE', 'RESET_BEFORE', 'RESET_AFTER', 'SILENT_BEFORE', 'SILENT_AFTER']
    .concat(['BAD_TICKET', 'SLOW', 'OUTAGE'])
    .map((kind) => [`${kind}_RATE`, '0']),
)

const startDemo = (env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [...loaderFlags(), DEMO], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, ended: once(child, 'exit') }
}

/** Runs the demo to its end. */
const runDemo = async (env: NodeJS.ProcessEnv) => {
  const { child, ended } = startDemo(env)
  const [[code], stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

/** The numbers of the table, by name. */
const tableIn = (stdout: string): Record<string, string> => {
  const lines = stdout.split('\n')
  const head = lines.findIndex((line) => line.trimStart().startsWith('tickets '))
  const [names, numbers] = [lines[head], lines[head + 1]].map((line) => line?.trim().split(/\s+/) ?? [])
  return Object.fromEntries((names ?? []).map((name, at) => [name, numbers?.[at] ?? '']))
}

/** 12,345 as a number. */
const numberOf = (shown = ''): number => Number(shown.replaceAll(',', ''))

type Forward = () => Promise<Response>
type AppendRow = (forward: Forward, ticketId: string) => Promise<Response>

/** A flawless gateway behind a proxy in which rows fare as `appendRow` says. */
const gatewayWhere = async (appendRow: AppendRow): Promise<TestServer> => {
  const gateway = await startGateway({ failRate: 0 })
  const proxy = await serverThat(async (request, response) => {
    const { method = '', url = '' } = request
    const body = await text(request)
    const forward: Forward = () => fetch(`${gateway.url}${url}`, { method, ...(method !== 'GET' && { body }) })
    const isRow = method === 'POST' && url.endsWith('/rows')
    const answer = await (isRow ? appendRow(forward, JSON.parse(body).columns[0]) : forward())
    response.writeHead(answer.status).end(await answer.text())
  })
  return {
    url: proxy.url,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await gateway.close()
    },
  }
}

/** APIs that hold every call until `answer` is called. `held` resolves with the first. */
const holding = async (): Promise<TestServer & { held: Promise<void>; answer(): void }> => {
  const first = Promise.withResolvers<void>()
  const answers = Promise.withResolvers<void>()
  const server = await serverThat(async (request, response) => {
    request.resume()
    first.resolve()
    await answers.promise
    response.end('{"number":"1","issued_at":"2026-01-02T12:00:00Z"}')
  })
  return { ...server, held: first.promise, answer: answers.resolve }
}

/** The folders with the databases of demos. */
const databasesIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith('tickets-'))

/** A connection on which a call was answered: it stays open for as long as the server's process lives. */
const connectionTo = async (url: string): Promise<Socket> => {
  const call = get(`${url}/health`, { agent: new Agent({ keepAlive: true }) })
  const [socket]: Socket[] = await once(call, 'socket')
  const [response]: IncomingMessage[] = await once(call, 'response')
  response?.resume()
  assert.ok(socket !== undefined && response !== undefined)
  await once(response, 'end')
  return socket
}

describe('npm run demo', { timeout: 600_000 }, () => {
  it('ends well although its APIs fail in every way and its service is killed, and says so in numbers', async () => {
    const { code, stdout, stderr } = await runDemo({ ORDERS: '5' })
    assert.equal(stderr, '')
    assert.equal(code, 0)
    const table = tableIn(stdout)
    const [tickets = 0, canceled = 0, bad = 0] = ['tickets', 'canceled', 'bad'].map((name) => numberOf(table[name]))
    assert.equal(numberOf(table['receipts']), tickets - canceled - bad)
    assert.equal(numberOf(table['rows']), tickets - bad)
    assert.deepEqual([table['doubled'], table['lost']], ['0', '0'])
    assert.ok(canceled > 0)
    assert.match(stdout, /^sending 5 orders with \d+ tickets$/m)
    const [, ...killed] = stdout.split('killed the service ')
    assert.deepEqual(
      killed.map((each) => each.slice(0, 8)),
      ['(1 of 3)', '(2 of 3)', '(3 of 3)'],
    )
    assert.equal(table['kills'], '3')
    assert.match(stdout, /^status 500 +[1-9]\d*$/m)
    assert.match(stdout, /^calls into them +\d+$/m)
    assert.match(stdout, /^every ticket has exactly one row and, unless it was canceled, one receipt, after [\d.]+ s$/m)
    if (bad > 0)
      assert.match(stdout, new RegExp(`^but for ${bad} bad ones, which have neither: their jobs are dead$`, 'm'))
  })

  it('makes one call more for each that fails, where each failure is an answer', async () => {
    const { code, stdout } = await runDemo({ ...SMALL, ...HARMLESS, FAIL_RATE: '0.2' })
    assert.equal(code, 0)
    const { tickets, canceled, calls, kills, resent, dead } = tableIn(stdout)
    assert.deepEqual([tickets, canceled, kills, resent, dead], ['16', '4', '0', '0', '0'])
    const failed = /^status 500 +(\d+)$/m.exec(stdout)?.[1]
    assert.equal(numberOf(calls), 16 + 12 + numberOf(failed))
    assert.match(stdout, /^[\d.]+ s: 28 of 28 jobs done, 0 dead$/m)
  })

  it('ends well where its gateway refuses every ticket: all are dead', async () => {
    const { code, stdout, stderr } = await runDemo({ ...SMALL, ...HARMLESS, BAD_TICKET_RATE: '1' })
    assert.equal(stderr, '')
    assert.equal(code, 0)
    const { bad, receipts, rows, dead } = tableIn(stdout)
    assert.deepEqual([bad, receipts, rows, dead], ['16', '0', '0', '28'])
    assert.match(stdout, /^but for 16 bad ones, which have neither: their jobs are dead$/m)
  })

  it('ends with exit code 1 where a row was doubled, and names the ticket', async () => {
    let doubled: string | undefined
    await using gateway = await gatewayWhere(async (forward, ticketId) => {
      doubled ??= ticketId
      if (ticketId === doubled) await forward()
      return forward()
    })
    const { code, stdout, stderr } = await runDemo({ ...SMALL, GATEWAY_ADDR: gateway.url })
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`^Error: ${doubled} has 2 rows to (print|refund) instead of 1\n$`))
    const { tickets, bad, receipts, rows, doubled: count, lost } = tableIn(stdout)
    assert.deepEqual([tickets, bad, receipts, rows, count, lost], ['16', '-', '12', '17', '1', '0'])
  })

  it('ends with exit code 1 where rows were lost, and names the tickets', async () => {
    await using gateway = await gatewayWhere(() => Promise.resolve(new Response('{}')))
    const { code, stdout, stderr } = await runDemo({ ...SMALL, GATEWAY_ADDR: gateway.url })
    assert.equal(code, 1)
    assert.match(stderr, /^Error: (\S+-ticket-\d+ has no row to (print|refund); ){10}and 6 more\n$/)
    assert.equal(tableIn(stdout)['lost'], '16')
  })

  it('ends with exit code 1 where APIs refuse tickets of which nobody said so, and shows what the service said', async () => {
    await using gateway = await serverThat((request, response) => {
      request.resume()
      if (request.method === 'GET' && request.url === '/statistics') response.writeHead(404).end()
      else if (request.method === 'GET') response.end(request.url?.endsWith('rows') === true ? '{"rows":[]}' : '[]')
      else response.writeHead(400).end()
    })
    const { code, stdout, stderr } = await runDemo({ ...SMALL, GATEWAY_ADDR: gateway.url })
    assert.equal(code, 1)
    assert.match(stderr, /^the service said: \S+ job\.dead .*reason="permanent"/m)
    assert.match(stderr, /^Error: 28 jobs are dead instead of 0; \S+ticket-1 has no receipt; .* has no row to print/m)
    const { calls, lost } = tableIn(stdout)
    assert.deepEqual([calls, lost], ['-', '28'])
    assert.doesNotMatch(stdout, /status 500/)
  })

  it('ends its service on Ctrl-C, takes its database away, and ends with exit code 130', async () => {
    await using api = await holding()
    using folder = temporaryFolder('tickets')
    const { child, ended } = startDemo({ ...SMALL, GATEWAY_ADDR: api.url, TMPDIR: folder.path })
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const [, serviceUrl = ''] = /service at (http\S+)/.exec(String(line)) ?? []
    await api.held
    assert.equal(databasesIn(folder.path).length, 1)
    child.kill('SIGINT')
    api.answer()
    const [[code], stderr] = await Promise.all([ended, text(child.stderr)])
    assert.equal(stderr, 'stopped by SIGINT\n')
    assert.equal(code, 130)
    await assert.rejects(fetch(serviceUrl))
    assert.deepEqual(databasesIn(folder.path), [])
  })

  it('leaves neither service nor gateway behind when it is killed', async () => {
    using folder = temporaryFolder('tickets')
    const { child, ended } = startDemo({ ORDERS: '50', TMPDIR: folder.path })
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const [, ...urls] = /gateway at (http\S+), service at (http\S+)/.exec(String(line)) ?? []
    const connections = await Promise.all(urls.map(connectionTo))
    assert.equal(connections.length, 2)
    const lost = connections.map((connection) => once(connection, 'close'))
    child.kill('SIGKILL')
    await Promise.all([ended, ...lost])
    for (const url of urls) await assert.rejects(fetch(url))
  })

  for (const [env, message] of [
    [{ ORDERS: '0' }, 'RangeError: ORDERS must be a whole number from 1 to 1000, got 0\n'],
    [{ SEED: 'x' }, 'RangeError: SEED must be a number, got "x"\n'],
  ] as const) {
    it(`does not start with ${JSON.stringify(env)}, and says why`, async () => {
      assert.deepEqual(await runDemo(env), { code: 1, stdout: '', stderr: message })
    })
  }
})
