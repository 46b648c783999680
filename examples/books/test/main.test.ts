import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { npmRun } from '../../shared/test/npm-run.ts'
import { runProgram, startProgram } from '../../shared/test/program.ts'
import { serverThat, type TestServer } from '../../shared/test/server-that.ts'
import { until } from '../../shared/test/until.ts'
import { Catalogue } from '../catalogue.ts'
import { FAILING, HOBBIT, MR_FOX, SILMARILLION } from './isbns.ts'
import { ask } from './office.ts'
import { aDatabase } from './shelf.ts'

const MAIN = new URL('../main.ts', import.meta.url)
const ANSWER = '{"publishers":["Clarion"]}'

type Listening = Readonly<{ url: string }>

const create = (service: Listening, isbn: string): Promise<{ readonly status: number }> =>
  ask(service, 'POST', '/books', { title: 'A book', isbn })

const publishersAt = async (service: Listening): Promise<readonly unknown[]> => {
  const { body } = await ask(service, 'GET', '/books?limit=100')
  return (body as { readonly books: readonly { readonly publisher: unknown }[] }).books.map(
    ({ publisher }) => publisher,
  )
}

/** An API that holds every call until it is told to answer; those after that it answers at once. */
async function holding(): Promise<TestServer & { readonly held: () => number; readonly answer: () => void }> {
  const calls: ServerResponse[] = []
  let isAnswering = false
  const server = await serverThat((_, response) => {
    if (isAnswering) response.end(ANSWER)
    else calls.push(response)
  })
  const answer = (): void => {
    isAnswering = true
    for (const call of calls) call.end(ANSWER)
  }
  return { ...server, held: () => calls.length, answer }
}

describe('npm run books', { timeout: 300_000 }, () => {
  it('serves with a fake gateway, and ends on SIGTERM', async () => {
    using database = aDatabase()
    using run = await npmRun('books', database.path)
    await create(run, HOBBIT)
    await until(async () => (await publishersAt(run))[0] === 'HarperCollins')
    run.npm.kill('SIGTERM')
    assert.deepEqual(await run.ended, [0, null])
    await assert.rejects(fetch(`${run.url}/health`))
  })

  it('finds every publisher in the end when it is killed as soon as the books are created', async () => {
    using database = aDatabase()
    await using api = await holding()
    const env = { DATABASE: database.path, OPENLIBRARY_ADDR: api.url }
    await using service = await startProgram(MAIN, env)
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(service, HOBBIT)))
    await service.kill()
    assert.deepEqual([answers.map(({ status }) => status), await service.ended], [Array(20).fill(201), 'SIGKILL'])
    api.answer()
    await using next = await startProgram(MAIN, env)
    const found = Array(20).fill('Clarion')
    await until(async () => String(await publishersAt(next)) === String(found))
  })

  it('asks again for a book that it was asking for when it was killed', async () => {
    using database = aDatabase()
    await using api = await holding()
    const env = { DATABASE: database.path, OPENLIBRARY_ADDR: api.url }
    await using service = await startProgram(MAIN, env)
    await create(service, HOBBIT)
    await until(() => api.held() === 1)
    await service.kill()
    api.answer()
    await using next = await startProgram(MAIN, env)
    await until(async () => (await publishersAt(next))[0] === 'Clarion')
  })

  it('finds the publishers that another service on the same file was asking for when it was killed', async () => {
    using database = aDatabase()
    await using api = await holding()
    const env = { DATABASE: database.path, OPENLIBRARY_ADDR: api.url }
    await using service = await startProgram(MAIN, env)
    await Promise.all(Array.from({ length: 8 }, () => create(service, HOBBIT)))
    await until(() => api.held() === 8)
    await using other = await startProgram(MAIN, env)
    await service.kill()
    api.answer()
    await until(async () => String(await publishersAt(other)) === String(Array(8).fill('Clarion')))
  })

  it('lets a call under way end on SIGTERM, and ends with exit code 0', async () => {
    using database = aDatabase()
    await using api = await holding()
    await using service = await startProgram(MAIN, { DATABASE: database.path, OPENLIBRARY_ADDR: api.url })
    await create(service, HOBBIT)
    await until(() => api.held() === 1)
    process.kill(service.pid, 'SIGTERM')
    await until(() =>
      fetch(service.url).then(
        () => false,
        () => true,
      ),
    )
    api.answer()
    assert.equal(await service.ended, 'exit code 0')
    using catalogue = new Catalogue(database.path)
    assert.equal(catalogue.find(1)?.publisher, 'Clarion')
  })

  it('prints the error of the gateway with its stack on stderr', async () => {
    using database = aDatabase()
    await using service = await startProgram(MAIN, { DATABASE: database.path })
    await create(service, FAILING)
    await service.said(/^Error: the fake gateway fails at 9780000000002\n {4}at /m)
    await create(service, MR_FOX)
    await until(async () => (await publishersAt(service))[1] === 'Puffin')
    assert.deepEqual(await publishersAt(service), [null, 'Puffin'])
  })

  it('gives up a call that takes too long, as a failure of the gateway', async () => {
    using database = aDatabase()
    await using api = await holding()
    const env = { DATABASE: database.path, OPENLIBRARY_ADDR: api.url, CALL_TIMEOUT_MS: '50' }
    await using service = await startProgram(MAIN, env)
    await create(service, HOBBIT)
    await service.said(/^Error: \S+ has not answered for 9780261103344 within 50 ms\n {4}at /m)
    assert.deepEqual(await publishersAt(service), [null])
  })

  it('asks a gateway that failed again with RETRY_GATEWAY=1', async () => {
    using database = aDatabase()
    let calls = 0
    await using api = await serverThat((_, response) => {
      calls += 1
      response.writeHead(calls === 1 ? 500 : 200).end(ANSWER)
    })
    const env = { DATABASE: database.path, OPENLIBRARY_ADDR: api.url, RETRY_GATEWAY: '1' }
    await using service = await startProgram(MAIN, env)
    await create(service, SILMARILLION)
    await until(async () => (await publishersAt(service))[0] === 'Clarion')
    assert.equal(calls, 2)
  })

  for (const [env, message] of [
    [{ RETRY_GATEWAY: '2' }, /^RangeError: RETRY_GATEWAY must be a whole number from 0 to 1, got 2$/],
    [
      { DATABASE: '/nowhere/books.db' },
      /^disk_failed: \/nowhere\/books\.db cannot be opened: its folder does not exist$/m,
    ],
  ] as const) {
    it(`does not start with ${JSON.stringify(env)}, and says why`, async () => {
      using database = aDatabase()
      const { code, stdout, stderr } = await runProgram(MAIN, { DATABASE: database.path, ...env })
      assert.match(stderr.trim(), message)
      assert.deepEqual([stdout, code], ['', 1])
    })
  }
})
