import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { describe, it } from 'node:test'
import { errorText } from '../../src/index.ts'
import { apiThat } from './call-api.ts'
import { callers, givenOf, thrownBy, Told } from './call-callers.ts'

for (const { name, make } of callers) {
  describe(`an error of ${name}`, () => {
    const echoed = 'Bearer abc.def-123 / user1 / cook1234 / key12345 / query+678 / %71uery'
    const headers = { Authorization: 'Bearer abc.def-123', Cookie: 'a=cook1234', 'X-Api-Key': 'key12345' }

    for (const status of [400, 500, 502]) {
      it(`for a ${status} shows nothing that the request kept secret, to a log and to a debugger`, async () => {
        await using api = await apiThat((request, response) => {
          const body = { error: echoed, url: request.url, sent: request.headers, password: 'hunter2' }
          response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
        })
        const told = new Told()
        const url = `${api.url}/receipts/abc.def-123?sig=query%2B678#fragment`
        const error = await thrownBy(make(told)(url, { method: 'POST', headers }))
        for (const text of [
          errorText(error),
          inspect(error, { depth: 10 }),
          JSON.stringify(error),
          inspect(told.all, { depth: 10 }),
        ]) {
          assert.doesNotMatch(text, /abc\.def|cook1234|key12345|query\+678|query%2B678|hunter2|fragment/)
        }
        assert.equal(givenOf(error).url, `${api.url}/receipts/[…]`)
        assert.match(givenOf(error).body ?? '', /^\{"error":"\[…\] \/ user1 \/ \[…\] \/ \[…\] \/ \[…\] \//)
      })
    }

    it('shows nothing of the query where no answer came', async () => {
      const error = await thrownBy(make(new Told())('http://api.invalid/a?sig=abcd1234', { headers }))
      assert.doesNotMatch(inspect(error, { depth: 10 }), /abcd1234|abc\.def/)
      assert.match(
        errorText(error),
        /^UpstreamError: GET http:\/\/api\.invalid\/a could not be sent \(E\w+\); because of Error: /,
      )
    })

    it('shows 500 characters of the body, on one line', async () => {
      await using api = await apiThat(
        (_, response) => void response.writeHead(400).end(`a\r\n\u2028\u202e\u001b[31m\t${'é'.repeat(9_000)}`),
      )
      const { body = '' } = givenOf(await thrownBy(make(new Told())(api.url)))
      assert.equal(body.length, 500)
      assert.match(body, /^a \[31m é+…$/)
    })

    it('shows no half of a character where the body is cut', async () => {
      await using api = await apiThat((_, response) => void response.writeHead(400).end(`${'x'.repeat(498)}😀😀`))
      const { body = '' } = givenOf(await thrownBy(make(new Told())(api.url)))
      assert.ok(body.isWellFormed())
    })

    it('shows no part of a secret at the end of what is read of the body', async () => {
      const secret = 'abcdefghijklmnopqrstuvwxyz'
      await using api = await apiThat((_, response) => void response.writeHead(400).end(secret.repeat(1_000)))
      const { body = '' } = givenOf(await thrownBy(make(new Told())(api.url, { headers: { Authorization: secret } })))
      assert.match(body, /^(?:\[…\])+\[?…$/)
    })

    it('cuts a long address', async () => {
      const error = await thrownBy(make(new Told())(`http://api.invalid/${'a'.repeat(5_000)}`))
      assert.equal(givenOf(error).url.length, 500)
    })
  })
}
