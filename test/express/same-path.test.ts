import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { describe, it } from 'node:test'
import { Office, ORDERS, order } from './office.ts'
import { SECRET, signed } from './signing.ts'

const BODY = order('a')
/** As a request may spell the path of the orders; `fetch` would put some of them right. */
const SPELLINGS = [ORDERS, `${ORDERS}/`, ORDERS.toUpperCase(), `${ORDERS}?x`, `${ORDERS}#1`, `http://a${ORDERS}`]

async function post({ port }: Office, path: string, headers: object): Promise<number | undefined> {
  const sent = request({
    port,
    host: '127.0.0.1',
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  })
  sent.end(BODY)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return response.statusCode
}

describe('webhook: one order under other spellings of its path', () => {
  for (const [what, options, headers] of [
    ['signed', { secret: SECRET }, signed(BODY)],
    ['with an Idempotency-Key', {}, { 'idempotency-key': 'order-1' }],
  ] as const) {
    it(`${what} stays one order`, async () => {
      await using office = await Office.open(options)
      const statuses = await Promise.all(SPELLINGS.map((path) => post(office, path, headers)))
      assert.deepEqual(new Set(statuses), new Set([202]))
      assert.equal(await office.kept(), 1)
    })
  }
})
