import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { FAILING, HOBBIT } from './isbns.ts'
import { anOffice, type Answer, ask, type Office } from './office.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }

function isProblem({ status, headers, body }: Answer, expected: number, detail: RegExp): void {
  assert.equal(status, expected)
  assert.match(headers.get('Content-Type') ?? '', /^application\/problem\+json/)
  const problem = body as { readonly type: string; readonly status: number; readonly detail: string }
  assert.deepEqual([problem.type, problem.status], ['about:blank', expected])
  assert.match(problem.detail, detail)
}

describe('what is refused', { timeout: 60_000 }, () => {
  let office: Office
  before(async () => {
    office = await anOffice()
    office.catalogue.add({ title: 'The Hobbit', isbn: HOBBIT })
  })
  after(async () => {
    assert.deepEqual(await office.published(), [])
    assert.deepEqual(office.catalogue.list(0, 100), [{ id: 1, title: 'The Hobbit', isbn: HOBBIT, publisher: null }])
    assert.deepEqual(office.printed, [])
    await office[Symbol.asyncDispose]()
  })

  for (const [what, body, detail] of [
    ['no title', { isbn: FAILING }, /^the book is refused: title: /],
    ['an empty title', { title: '', isbn: FAILING }, /title: /],
    ['a title of 501 characters', { title: 'a'.repeat(501), isbn: FAILING }, /title: /],
    ['a title with space around it', { title: ' a', isbn: FAILING }, /neither begin nor end with space/],
    ['a title with a NUL', { title: 'a\0b', isbn: FAILING }, /no control characters/],
    ['a title with half a character', '{"title":"\\ud800","isbn":"9780000000002"}', /well-formed Unicode/],
    ['no ISBN', { title: 'a' }, /isbn: /],
    ['a wrong ISBN', { title: 'a', isbn: '9780000000003' }, /^the book is refused: isbn: must be 10 or 13 digits/],
    ['an unknown field', { title: 'a', isbn: FAILING, publisher: 'b' }, /Unrecognized key: "publisher"/],
    ['a __proto__', '{"title":"a","isbn":"9780000000002","__proto__":{}}', /Unrecognized key/],
    ['no object', [], /^the book is refused: /],
    ['no JSON', '{', /^the body must be an object in JSON/],
    ['nothing', '', /^the body must be an object in JSON/],
  ] as const) {
    for (const [method, path] of [
      ['POST', '/books'],
      ['PUT', '/books/1'],
    ] as const) {
      it(`${method} of a book with ${what}`, async () => {
        isProblem(await ask(office, method, path, body), 400, detail)
      })
    }
  }

  it('a book, with the list of all that is wrong with it', async () => {
    const { body } = await ask(office, 'POST', '/books', { title: '', isbn: 'a' })
    const { issues } = body as { readonly issues: readonly { readonly path: readonly string[] }[] }
    assert.deepEqual(new Set(issues.map(({ path }) => path.join('.'))), new Set(['title', 'isbn']))
  })

  it('bytes that are no UTF-8', async () => {
    const latin1 = Buffer.from('{"title":"\xe9","isbn":"9780000000002"}', 'latin1')
    const response = await fetch(`${office.url}/books`, { method: 'POST', body: latin1, headers: JSON_TYPE })
    assert.equal(response.status, 400)
  })

  for (const [what, headers] of [
    ['another type', { 'Content-Type': 'text/plain' }],
    ['another charset', { 'Content-Type': 'application/json; charset=latin1' }],
    ['a type that is none', { 'Content-Type': 'json' }],
    ['another encoding', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }],
  ] as const) {
    it(`a book of ${what}`, async () => {
      isProblem(await ask(office, 'POST', '/books', { title: 'a', isbn: FAILING }, headers), 415, /./)
    })
  }

  it('a body that is too large', async () => {
    isProblem(await ask(office, 'POST', '/books', '{'.padEnd(16_385)), 413, /at most 16384 bytes/)
  })

  it('a body that turns out to be too large', async () => {
    const sent = request(`${office.url}/books`, { method: 'POST', headers: JSON_TYPE })
    const status = new Promise((resolve) => sent.once('response', (answer) => resolve(answer.resume().statusCode)))
    sent.end('{'.padEnd(16_385)).on('error', () => {})
    assert.equal(await status, 413)
  })

  for (const path of ['/books/2', '/books/0', '/books/01', '/books/1.0', '/books/a', '/books/9007199254740993']) {
    it(`${path}, where no book is`, async () => {
      isProblem(await ask(office, 'GET', path), 404, /^there is no book /)
      isProblem(await ask(office, 'PUT', path, { title: 'a', isbn: FAILING }), 404, /^there is no book /)
      isProblem(await ask(office, 'DELETE', path), 404, /^there is no book /)
    })
  }

  it('an address where nothing is', async () => {
    isProblem(await ask(office, 'GET', '/publishers'), 404, /^there is nothing at \/publishers$/)
  })

  it('an address that cannot be read', async () => {
    isProblem(await ask(office, 'GET', '/books/%'), 400, /^the request cannot be read$/)
  })

  it('a method that an address does not have', async () => {
    const answer = await ask(office, 'DELETE', '/books')
    isProblem(answer, 405, /^DELETE is not for this address/)
    assert.equal(answer.headers.get('Allow'), 'GET, HEAD, POST')
    assert.equal((await ask(office, 'POST', '/books/1', {})).headers.get('Allow'), 'GET, HEAD, PUT, DELETE')
  })
})

describe('a caller that asks before it sends its book', { timeout: 60_000 }, () => {
  it('is told to send it', async () => {
    await using office = await anOffice()
    const book = JSON.stringify({ title: 'The Hobbit', isbn: HOBBIT })
    const sent = request(`${office.url}/books`, {
      method: 'POST',
      headers: { ...JSON_TYPE, 'Content-Length': Buffer.byteLength(book), Expect: '100-continue' },
    })
    sent.once('continue', () => sent.end(book)).flushHeaders()
    const answer = new Promise<string>((resolve) => {
      sent.once('response', (response) => void text(response).then((body) => resolve(`${response.statusCode} ${body}`)))
    })
    assert.match(await answer, /^201 \{"id":1,/)
  })
})
