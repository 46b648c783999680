import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../shared/temporary-folder.ts'
import { Blog } from '../blog.ts'
import { outcomeOf } from '../outcome.ts'
import { planOf } from '../plan.ts'
import { tableOf } from '../table.ts'

const POST = { id: 'post-1', author: 'ann', title: 'One' }

describe('the blog', () => {
  const withBlog = (look: (blog: Blog) => void): void => {
    using folder = temporaryFolder('blog')
    using blog = new Blog(join(folder.path, 'blog.db'))
    look(blog)
  }

  it('has a post with what is written beside it, or neither', () => {
    withBlog((blog) => {
      assert.throws(
        () =>
          blog.publish(POST, () => {
            throw new Error('nothing could be written')
          }),
        /nothing could be written/,
      )
      assert.deepEqual(blog.posts, [])
      assert.equal(
        blog.publish(POST, () => 'written'),
        'written',
      )
      assert.deepEqual(blog.posts, ['post-1'])
    })
  })

  it('takes no post twice, and writes nothing beside it then', () => {
    withBlog((blog) => {
      blog.publish(POST, () => 'written')
      assert.equal(
        blog.publish(POST, () => assert.fail()),
        undefined,
      )
    })
  })

  it('counts a post again at each count', () => {
    withBlog((blog) => {
      blog.count(POST)
      blog.count(POST)
      assert.deepEqual([blog.counted, blog.increments], [2, ['post-1', 'post-1']])
    })
  })

  it('counts a post once under the same key', () => {
    withBlog((blog) => {
      blog.countOnce(POST, 'key-1')
      blog.countOnce(POST, 'key-1')
      blog.countOnce(POST, 'key-2')
      assert.deepEqual([blog.counted, blog.increments], [2, ['post-1', 'post-1']])
    })
  })
})

describe('the plan', () => {
  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(planOf(7), planOf(7))
    assert.notDeepEqual(planOf(7), planOf(8))
  })

  it('kills the API at each moment once, at four posts', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const { kills } = planOf(seed)
      assert.deepEqual(kills.map(({ at }) => String(at)).sort(), ['0.25', '0.5', '0.75', '1'])
      assert.equal(new Set(kills.map(({ post }) => post)).size, 4)
    }
  })
})

describe('the outcome', () => {
  it('tells how many actions were never done, and how often one was done again', () => {
    const done = { indexed: ['a', 'b'], counted: ['a', 'a', 'a'], notified: ['b'] }
    assert.deepEqual(outcomeOf(['a', 'b'], done), { posts: 2, indexed: 2, counted: 3, notified: 1, lost: 2, twice: 2 })
  })

  it('cannot be told where something was done of a post that is not there', () => {
    const done = { indexed: ['a'], counted: ['b'], notified: [] }
    assert.throws(() => outcomeOf(['a'], done), /something was done of b, which is not there/)
  })

  it('stands in a table, with names to the left and numbers to the right', () => {
    const rows = [
      ['one', 1],
      ['eleven', 11],
    ]
    assert.equal(tableOf(['', 'lost'], rows), '        lost\none        1\neleven    11')
  })
})

describe('the README of the blog', () => {
  const root = new URL('..', import.meta.url)
  const readme = readFileSync(new URL('README.md', root), 'utf8')

  it('shows code that is in blog.ts', () => {
    const [, code = ''] = /^```ts\n(.*?)^```/ms.exec(readme) ?? []
    const lines = code.trim().split('\n')
    assert.equal(lines.length, 3)
    assert.ok(readFileSync(new URL('blog.ts', root), 'utf8').includes(lines.map((line) => `    ${line}`).join('\n')))
  })

  it('names every file', () => {
    const [, named = ''] = readme.split('## Where is what')
    const files = ['.', 'api', 'ways'].flatMap((folder) => readdirSync(new URL(`${folder}/`, root)))
    const missing = files.filter((file) => file.endsWith('.ts') && !named.includes(`${file}\``))
    assert.deepEqual(missing, [])
  })
})
