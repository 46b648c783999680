import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startGatewayProcess } from '../gateway/start.ts'

const MAIN = fileURLToPath(new URL('../gateway/main.ts', import.meta.url))
const START = new URL('../gateway/start.ts', import.meta.url).href

/** Starts `main.ts` by itself and resolves with it and its first line. */
const startMain = async (env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, ended, line: String(line) }
}

/** Starts a program that starts a gateway and prints its address; then runs `after`. */
const startProgram = async (after: string) => {
  const code = `const { startGatewayProcess } = await import(${JSON.stringify(START)})
    console.log((await startGatewayProcess({ env: { FAIL_RATE: '0' } })).url)
    ${after}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [url] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, ended, url: String(url) }
}

/** A connection to the gateway, on which a call was answered: it stays open for as long as the gateway lives. */
const connectionTo = async (url: string): Promise<Socket> => {
  const call = get(`${url}/statistics`, { agent: new Agent({ keepAlive: true }) })
  const [socket] = await once(call, 'socket')
  const [response] = await once(call, 'response')
  response.resume()
  await once(response, 'end')
  return socket
}

describe('a gateway in a process of its own', () => {
  it('serves until it is stopped, and can be stopped twice', async () => {
    await using gateway = await startGatewayProcess({ env: { FAIL_RATE: '1', SEED: '2' } })
    assert.notEqual(gateway.pid, process.pid)
    const { status } = await fetch(`${gateway.url}/receipts-api/receipts`)
    assert.equal(status, 500)
    assert.equal((await gateway.statistics()).failures, 1)
    await Promise.all([gateway.stop(), gateway.stop()])
    await assert.rejects(fetch(gateway.url))
  })

  it('takes its failures from the environment, and begins an outage where it is asked to', async () => {
    await using gateway = await startGatewayProcess({
      env: { FAIL_RATE: '0', LIMIT_RATE: '1', RETRY_AFTER_MS: '7000' },
    })
    const { status, headers } = await fetch(`${gateway.url}/receipts-api/receipts`)
    assert.deepEqual([status, headers.get('Retry-After')], [429, '7'])
    await gateway.beginOutage('receipts', { ms: 3_600_000 })
    assert.equal((await fetch(`${gateway.url}/receipts-api/receipts`)).status, 503)
    assert.equal((await gateway.statistics()).outages.receipts[0]?.calls, 1)
  })

  it('says why it could not start', async () => {
    await assert.rejects(startGatewayProcess({ env: { FAIL_RATE: 'many' } }), {
      message: 'the gateway ended before it listened (exit code 1): RangeError: FAIL_RATE must be a number, got "many"',
    })
  })

  it('says so where its port is taken', async () => {
    await using gateway = await startGatewayProcess()
    await assert.rejects(startGatewayProcess({ env: { PORT: new URL(gateway.url).port } }), /EADDRINUSE/)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`prints where it listens and ends cleanly on ${signal}`, async () => {
      const { child, ended, line } = await startMain({})
      assert.match(line, /^listening on http:\/\/127\.0\.0\.1:\d+$/)
      child.kill(signal)
      assert.deepEqual(await ended, [0, null])
    })
  }

  it('ends cleanly when its stdin ends, where STOP_WITH_PARENT is 1', async () => {
    const { child, ended } = await startMain({ STOP_WITH_PARENT: '1' })
    child.stdin.end()
    assert.deepEqual(await ended, [0, null])
  })

  it('ends when its parent is killed', async () => {
    const { child, ended, url } = await startProgram('process.stdin.resume()')
    const connection = await connectionTo(url)
    const lost = once(connection, 'close')
    child.kill('SIGKILL')
    assert.deepEqual(await ended, [null, 'SIGKILL'])
    await lost
    await assert.rejects(fetch(url))
  })

  it('does not keep a program alive that forgets to stop it, and ends with it', async () => {
    const { ended, url } = await startProgram('')
    assert.deepEqual(await ended, [0, null])
    await assert.rejects(
      connectionTo(url)
        .then((connection) => once(connection, 'close'))
        .then(() => fetch(url)),
    )
  })
})
