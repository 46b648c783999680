import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { aDatabase, countsIn, holding, runMain, startMain } from './main-process.ts'
import { until } from '../../shared/test/until.ts'
import { jobsOf, outcomeAt, perfect, post, statisticsOf, ticketsOf } from './serving.ts'
import { serverThat } from '../../shared/test/server-that.ts'

describe('npm start', { timeout: 300_000 }, () => {
  it('serves with a fake gateway of its own, and both end on SIGTERM', async () => {
    using database = aDatabase()
    await using service = await startMain({ DATABASE: database.path, SEED: '5', RETRY_MIN_MS: '1' })
    const [, gatewayAddr = ''] = await service.said(/fake gateway: (http\S+)/)
    const tickets = ticketsOf('a', 20)
    assert.equal((await post(service, { tickets })).status, 202)
    await service.said(/attempt\.failed .* error="UpstreamError: P\w+ \S+ was answered 500/)
    await until(async () => (await statisticsOf(service)).done === 40)
    assert.deepEqual(await outcomeAt(gatewayAddr, tickets), perfect(tickets))
    await service.stop()
    assert.equal(await service.ended, 'exit code 0')
    await assert.rejects(fetch(gatewayAddr))
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`lets calls under way end on ${signal}, starts no others, and leaves nothing half done`, async () => {
      using database = aDatabase()
      await using api = await holding(2)
      await using service = await startMain({ DATABASE: database.path, GATEWAY_ADDR: api.url, CONCURRENCY: '2' })
      const answer = await post(service, { tickets: ['a', 'b', 'c'] })
      assert.equal(jobsOf(answer).length, 6)
      await api.held
      process.kill(service.pid, signal)
      await service.said(/worker\.stopping inWork=2/)
      api.answer()
      assert.equal(await service.ended, 'exit code 0')
      assert.deepEqual(await countsIn(database.path), { waiting: 4, running: 0, done: 2, dead: 0 })
    })
  }

  it('ends at once on a second signal, with exit code 1', async () => {
    using database = aDatabase()
    await using api = await holding(1)
    await using service = await startMain({ DATABASE: database.path, GATEWAY_ADDR: api.url })
    await post(service, { tickets: ['a'] })
    await api.held
    process.kill(service.pid, 'SIGTERM')
    await service.said(/worker\.stopping/)
    process.kill(service.pid, 'SIGINT')
    assert.equal(await service.ended, 'exit code 1')
  })

  it('says how many jobs its database has to do, and how many are dead', async () => {
    using database = aDatabase()
    await using api = await serverThat((request, response) => {
      request.resume()
      response.writeHead(request.method === 'PUT' ? 400 : 500).end()
    })
    const env = { DATABASE: database.path, GATEWAY_ADDR: api.url, RETRY_MIN_MS: '3600000', RETRY_MAX_MS: '3600000' }
    await using service = await startMain(env)
    await service.said(/tickets\.db has 0 jobs to do, and 0 that are dead\n/)
    await post(service, { tickets: ['a', 'b'] })
    await service.said(/(job\.dead [^]*){2}/)
    await service.stop()
    await using next = await startMain(env)
    await next.said(/tickets\.db has 2 jobs to do, and 2 that are dead\n/)
  })

  for (const [env, message] of [
    [{ CONCURRENCY: '0' }, /^RangeError: CONCURRENCY must be a whole number from 1 to 1000, got 0$/],
    [
      { FAIL_RATE: '2' },
      /^Error: the gateway ended before it listened .*the rate of "status 500" must be from 0 to 1/m,
    ],
  ] as const) {
    it(`does not start with ${JSON.stringify(env)}, and says why`, async () => {
      using database = aDatabase()
      const { code, stdout, stderr } = await runMain({ DATABASE: database.path, ...env })
      assert.match(stderr.trim(), message)
      assert.equal(stdout, '')
      assert.equal(code, 1)
    })
  }

  it('does not start where its port is taken, and leaves no gateway behind', async () => {
    using database = aDatabase()
    await using taken = await serverThat(() => {})
    const { code, stderr } = await runMain({ DATABASE: database.path, PORT: new URL(taken.url).port })
    assert.match(stderr, /EADDRINUSE/)
    assert.equal(code, 1)
    const [, gatewayAddr = ''] = /fake gateway: (http\S+)/.exec(stderr) ?? []
    await assert.rejects(fetch(gatewayAddr))
  })
})

describe('a DATABASE', { timeout: 300_000 }, () => {
  const refused = async (database: string, message: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await runMain({ DATABASE: database })
    assert.match(stderr, message)
    assert.equal(stdout, '')
    assert.equal(code, 1)
  }

  it('in a folder that does not exist ends the service before it listens, with code and reason', async () => {
    using database = aDatabase()
    await refused(`${database.path}/tickets.db`, /^disk_failed: \S+ cannot be opened: its folder does not exist\n$/)
  })

  it('that is no file is refused', async () => {
    await refused(':memory:', /^invalid_option: the path of a database must be that of a file, got :memory:\n$/)
  })

  it('that is another file is refused, and left as it is', async () => {
    using database = aDatabase()
    const letter = 'Dear Ann, '.repeat(1_000)
    writeFileSync(database.path, letter)
    await refused(database.path, /^database_refused: \S+ cannot be opened: it is no database\n$/)
    assert.equal(readFileSync(database.path, 'utf8'), letter)
  })
})
