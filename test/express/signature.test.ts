import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'
import { webhook } from '../../src/express/index.ts'
import { Signatures } from '../../src/express/signature.ts'
import { systemClock, WillcallError, Worker } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { Office, order, ticketsOf } from './office.ts'
import { OTHER_SECRET, SECRET, type Signing, signatureOf, signed } from './signing.ts'

const BODY = order('a')

describe('webhook: signatures', () => {
  it('an order that a Standard Webhooks library has signed is kept', async () => {
    await using office = await Office.open({ secret: SECRET })
    const at = new Date(systemClock.now())
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': `${Math.floor(at.getTime() / 1_000)}`,
      'webhook-signature': new Webhook(SECRET).sign('msg_1', at, BODY),
    }
    assert.equal((await office.post(BODY, headers)).status, 202)
    assert.equal(await office.kept(), 1)
  })

  it('the example of the specification has the signature that this webhook takes', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const clock = new FakeClock(new Date(1_614_265_330_000))
    const claim = new Signatures(secret, clock).claimOf({
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
    } as never)
    new Signatures(secret, clock).verify(claim, Buffer.from('{"test": 2432232314}'))
  })

  for (const [name, secret] of [
    ['with whsec_ before it', SECRET],
    ['as plain base64', SECRET.replace('whsec_', '')],
    ['as the first of several', [SECRET, OTHER_SECRET]],
    ['as the last of several', [OTHER_SECRET, SECRET]],
  ] as const) {
    it(`the secret is taken ${name}`, async () => {
      await using office = await Office.open({ secret })
      assert.equal((await office.post(BODY, signed(BODY))).status, 202)
    })
  }

  it('while the sender changes its secret, one good signature among others is enough', async () => {
    await using office = await Office.open({ secret: SECRET })
    const old = signatureOf(BODY, { secret: OTHER_SECRET })
    const headers = { ...signed(BODY), 'webhook-signature': `v1a,AAAA ${old} ${signatureOf(BODY)}` }
    assert.equal((await office.post(BODY, headers)).status, 202)
  })

  it('what is signed is the body as it is once inflated', async () => {
    await using office = await Office.open({ secret: SECRET })
    const body = order('ä')
    const headers = { ...signed(body), 'content-encoding': 'gzip' }
    assert.equal((await office.post(gzipSync(body), headers)).status, 202)
  })

  it('a body that is signed is refused like any other', async () => {
    await using office = await Office.open({ secret: SECRET })
    assert.equal((await office.post('{"a":1,"a":2}', signed('{"a":1,"a":2}'))).status, 400)
    assert.equal(await office.kept(), 0)
  })

  it('the time is told by the clock of the webhook, to the second', async () => {
    const clock = new FakeClock(new Date('2020-01-01T00:00:00.900Z'))
    await using office = await Office.open({ secret: SECRET, clock })
    const now = Date.parse('2020-01-01T00:00:00Z') / 1_000
    const answers = [-301, -300, 300, 301].map(async (seconds) => {
      const { status } = await office.post(BODY, signed(BODY, { id: `msg_${seconds}`, at: now + seconds }))
      return status
    })
    assert.deepEqual(await Promise.all(answers), [401, 202, 202, 401])
  })
})

describe('webhook: a signed order that comes again', () => {
  const again = (office: Office, signing: Signing = {}, body = BODY): Promise<Response> =>
    office.post(body, signed(body, signing))

  it('gets the first answer, signed anew or not, and runs nothing twice', async () => {
    const worked: string[] = []
    await using office = await Office.open({ secret: SECRET, issueReceipt: ({ ticketId }) => worked.push(ticketId) })
    const stop = new AbortController()
    const running = office.worker.run(stop.signal)
    const first = await (await again(office)).text()
    await office.worker.idle()
    const now = Math.floor(systemClock.now() / 1_000)
    for (const signing of [{}, { at: now - 60 }, { at: now + 60 }]) {
      assert.equal(await (await again(office, signing)).text(), first)
    }
    await office.worker.idle()
    stop.abort()
    await running
    assert.deepEqual(worked, ['a'])
  })

  it('200 copies at once are one order', async () => {
    await using office = await Office.open({ secret: SECRET })
    const copies = await Promise.all(Array.from({ length: 200 }, () => again(office)))
    const answers = await Promise.all(copies.map((copy) => copy.text()))
    assert.deepEqual(new Set(copies.map(({ status }) => status)), new Set([202]))
    assert.equal(new Set(answers).size, 1)
    assert.equal(await office.kept(), 1)
  })

  it('is known by its signed id, whatever its Idempotency-Key is', async () => {
    await using office = await Office.open({ secret: SECRET, requireIdempotencyKey: true })
    for (const key of [
      {},
      { 'idempotency-key': 'a' },
      { 'idempotency-key': 'b' },
      { 'idempotency-key': 'not a key' },
    ]) {
      assert.equal((await office.post(BODY, { ...signed(BODY), ...key })).status, 202)
    }
    assert.equal(await office.kept(), 1)
    assert.equal((await again(office, { id: 'msg_2' })).status, 202)
    assert.equal(await office.kept(), 2)
  })

  it('with another body is refused with 422', async () => {
    await using office = await Office.open({ secret: SECRET })
    await again(office)
    assert.equal((await again(office, {}, order('b'))).status, 422)
    assert.equal(await office.kept(), 1)
  })
})

describe('webhook: secrets that cannot be used', () => {
  const worker = new Worker({ tasks: { issueReceipt: async (_ticket: { ticketId: string }) => {} } })
  const LOOKS = 'bm90IGEgc2VjcmV0'

  for (const [name, secret] of [
    ['none of several', []],
    ['more than ten', Array(11).fill(SECRET)],
    ['an empty text', ''],
    ['a prefix alone', 'whsec_'],
    ['undefined', undefined],
    ['null', null],
    ['a number', 12],
    ['another alphabet', `whsec_${LOOKS}_-`],
    ['base64 cut off', `${LOOKS}A`],
    ['a line break at the end', `${LOOKS}\n`],
    ['a secret of the asymmetric scheme', `whsk_${LOOKS}`],
    ['one of several that is none', [SECRET, `${LOOKS}!`]],
    ['one of several that is undefined', [SECRET, undefined]],
  ] as const) {
    it(`${name}: it is said when the webhook is made, and the secret is not shown`, () => {
      const make = (): unknown => webhook({ worker, messages: ticketsOf, secret: secret as never })
      assert.throws(make, (error) => {
        assert.ok(error instanceof WillcallError)
        assert.equal(error.code, 'invalid_option')
        assert.equal(error.given, undefined)
        assert.match(error.message, /^secret must be /)
        assert.ok(!inspect(error, { depth: 9 }).includes(LOOKS))
        assert.ok(!inspect(error, { depth: 9 }).includes(SECRET))
        return true
      })
    })
  }

  it('without the package standardwebhooks it says so', () => {
    const load = Object.assign(() => createRequire(import.meta.url)('no-such-package'), createRequire(import.meta.url))
    assert.throws(() => new Signatures(SECRET, systemClock, load), {
      code: 'unsupported',
      message: /the package standardwebhooks could not be loaded; install it$/,
    })
  })
})
