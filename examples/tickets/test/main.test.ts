import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Child, loaderFlags, startChild } from '../child.ts'
import { jobsOf, outcomeAt, perfect, post, ticketsOf } from './serving.ts'
import { serverThat, type TestServer } from './server-that.ts'

const MAIN = new URL('../main.ts', import.meta.url)

interface Started extends Child {
  /** Resolves with the first thing on stderr that fits. */
  said(pattern: RegExp): Promise<RegExpExecArray>
}

/** The service as `npm start` runs it, with its stderr. */
const startMain = async (env: NodeJS.ProcessEnv): Promise<Started> => {
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

/** APIs that hold every call until they are told to answer. `held` resolves once `count` calls are there. */
const holding = async (count: number): Promise<TestServer & { held: Promise<void>; answer(): void }> => {
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

/** Runs the service, which ends by itself, and answers with how it ended and what it wrote. */
const runMain = async (env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [...loaderFlags(), fileURLToPath(MAIN)], {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

describe('npm start', { timeout: 120_000 }, () => {
  it('serves with a fake gateway of its own, and both end on SIGTERM', async () => {
    await using service = await startMain({ SEED: '5', RETRY_MIN_MS: '1' })
    const [, gatewayAddr = ''] = await service.said(/fake gateway: (http\S+)/)
    const tickets = ticketsOf('a', 20)
    assert.equal((await post(service, { tickets })).status, 202)
    await service.said(/attempt\.failed .* error="UpstreamError: P\w+ \S+ was answered 500/)
    for (;;) {
      const { done } = (await (await fetch(`${service.url}/statistics`)).json()) as { done: number }
      if (done === 40) break
    }
    assert.deepEqual(await outcomeAt(gatewayAddr, tickets), perfect(tickets))
    await service.stop()
    assert.equal(await service.ended, 'exit code 0')
    await assert.rejects(fetch(gatewayAddr))
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`lets calls under way end on ${signal}, starts no others, and tells what was not done`, async () => {
      await using api = await holding(2)
      await using service = await startMain({ GATEWAY_ADDR: api.url, CONCURRENCY: '2' })
      const answer = await post(service, { tickets: ['a', 'b', 'c'] }, { 'Correlation-ID': 'c' })
      assert.equal(jobsOf(answer).length, 6)
      await api.held
      process.kill(service.pid, signal)
      await service.said(/worker\.stopping inWork=2/)
      api.answer()
      assert.equal(await service.ended, 'exit code 0')
      const [, lines = ''] = await service.said(
        /4 messages were not done and end with this process:\n((?:\{.+\}\n){4})/,
      )
      const messages = lines
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
      assert.deepEqual(messages.at(-1), {
        task: 'appendToTracker',
        sheet: 'tickets-to-print',
        row: ['c'],
        correlationId: 'c',
      })
    })
  }

  it('ends at once on a second signal, with exit code 1', async () => {
    await using api = await holding(1)
    await using service = await startMain({ GATEWAY_ADDR: api.url })
    await post(service, { tickets: ['a'] })
    await api.held
    process.kill(service.pid, 'SIGTERM')
    await service.said(/worker\.stopping/)
    process.kill(service.pid, 'SIGINT')
    assert.equal(await service.ended, 'exit code 1')
  })

  it('tells which jobs are dead', async () => {
    await using api = await serverThat((request, response) => {
      request.resume()
      response.writeHead(400).end()
    })
    await using service = await startMain({ GATEWAY_ADDR: api.url })
    await post(service, { tickets: ['a'] })
    await service.said(/(job\.dead [^]*){2}/)
    await service.stop()
    await service.said(/2 jobs were dead and end with this process:\n\{.*"ticketId":"a".*"reason":"permanent".*\}\n/)
    assert.equal(await service.ended, 'exit code 0')
  })

  for (const [env, message] of [
    [{ CONCURRENCY: '0' }, /^RangeError: CONCURRENCY must be a whole number from 1 to 1000, got 0$/],
    [{ FAIL_RATE: '2' }, /^Error: the gateway ended before it listened .*the rate of "status 500" must be from 0 to 1/],
  ] as const) {
    it(`does not start with ${JSON.stringify(env)}, and says why`, async () => {
      const { code, stdout, stderr } = await runMain(env)
      assert.match(stderr.trim(), message)
      assert.equal(stdout, '')
      assert.equal(code, 1)
    })
  }

  it('does not start where its port is taken, and leaves no gateway behind', async () => {
    await using taken = await serverThat(() => {})
    const { code, stderr } = await runMain({ PORT: new URL(taken.url).port })
    assert.match(stderr, /EADDRINUSE/)
    assert.equal(code, 1)
    const [, gatewayAddr = ''] = /fake gateway: (http\S+)/.exec(stderr) ?? []
    await assert.rejects(fetch(gatewayAddr))
  })
})
