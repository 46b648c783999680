import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openSqlite, openTopics } from '../../../src/sqlite.ts'
import { startChild } from '../../shared/child.ts'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import { Blog } from '../blog.ts'

const MAIN = new URL('../api/main.ts', import.meta.url)
const POST = { id: 'post-1', author: 'ann', title: 'One' }

const startApi = (database: string, env: NodeJS.ProcessEnv = {}) =>
  startChild({ name: 'the API', main: MAIN, stopMs: 30_000, env: { DATABASE: database, ...env } })

const post = (url: string, body: string): Promise<Response> => fetch(`${url}/posts`, { method: 'POST', body })

/** The posts that are there, and how many records. */
async function kept(database: string): Promise<readonly unknown[]> {
  using blog = new Blog(database)
  await using store = openSqlite(database)
  const topics = openTopics(store)
  await topics.seek('reader', 'post-published', 'earliest')
  const lags = await topics.lag('reader')
  return [blog.posts, lags.reduce((sum, { lag }) => sum + lag, 0)]
}

describe('the API of the blog', { timeout: 120_000 }, () => {
  it('answers 202 once the post and its record are kept, and 409 to the same post again', async () => {
    using folder = temporaryFolder('blog')
    const database = join(folder.path, 'blog.db')
    await using api = await startApi(database)
    const answer = await post(api.url, JSON.stringify(POST))
    assert.deepEqual([answer.status, await answer.json()], [202, { id: 'post-1' }])
    assert.equal((await post(api.url, JSON.stringify(POST))).status, 409)
    assert.deepEqual(await kept(database), [['post-1'], 1])
  })

  it('refuses what is no post', async () => {
    using folder = temporaryFolder('blog')
    const database = join(folder.path, 'blog.db')
    await using api = await startApi(database)
    for (const body of [
      '',
      '{',
      '[]',
      '{}',
      JSON.stringify({ ...POST, id: 'A' }),
      JSON.stringify({ ...POST, more: 1 }),
    ]) {
      const answer = await post(api.url, body)
      assert.deepEqual([body, answer.status], [body, 400])
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    }
    assert.equal((await post(api.url, JSON.stringify({ ...POST, title: 'x'.repeat(20_000) }))).status, 413)
    assert.equal((await fetch(`${api.url}/other`)).status, 404)
    assert.deepEqual(await kept(database), [[], 0])
  })

  for (const [after, what, expected] of [
    ['1', 'neither, killed between the row of a post and its record', [[], 0]],
    ['2', 'both, killed after them and before its answer', [['post-1'], 1]],
  ] as const) {
    it(`has kept ${what}`, async () => {
      using folder = temporaryFolder('blog')
      const database = join(folder.path, 'blog.db')
      await using api = await startApi(database, { DIES_AT: 'post-1', DIES_AFTER: after })
      await assert.rejects(post(api.url, JSON.stringify(POST)))
      assert.equal(await api.ended, 'SIGKILL')
      assert.deepEqual(await kept(database), expected)
    })
  }

  it('does not start by a way that there is not, and says which there are', async () => {
    await assert.rejects(
      startApi('unused.db', { WAY: 'twoTopics' }),
      /WAY must be one of oneQueue, threeQueues, threeQueuesOneSend, oneTopic, got twoTopics/,
    )
  })
})
