import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type StandardSchema, WillcallError } from '../../src/index.ts'
import { HandClock, Office, type OfficeOptions, ORDERS, order, until } from './office.ts'

/** A worker whose every send ends like this. */
const sending = (send: () => Promise<never>): OfficeOptions => ({
  worker: { with: () => ({ send, trySend: () => false, sendIn: () => [], with: () => assert.fail() }) },
})

/** A caller that can hang up in the middle of its order. */
const call = (office: Office, body: string | Uint8Array, headers: Record<string, string | number> = {}): Socket => {
  const all = { host: 'a', 'content-type': 'application/json', 'content-length': body.length, ...headers }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = connect(office.port, '127.0.0.1')
  socket.write(`POST ${ORDERS} HTTP/1.1\r\n${head.join('')}\r\n`)
  socket.write(body)
  return socket
}

/** Works until nothing waits. */
const workOff = async (office: Office): Promise<void> => {
  const stop = new AbortController()
  const running = office.worker.run(stop.signal)
  await office.worker.idle()
  stop.abort()
  await running
}

const throwing = (thrown: unknown): OfficeOptions => ({
  messages: () => {
    throw thrown
  },
})

const assertNoRoom = async (response: Response): Promise<void> => {
  assert.equal(response.status, 503)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.equal(response.headers.get('retry-after'), '1')
  assert.deepEqual(await response.json(), {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'there is no room for the order now; it was not kept, send it again later',
  })
}

describe('webhook: room', () => {
  it('without room within maxWaitMs the order is refused with 503, and nothing is kept', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ capacity: 1, maxWaitMs: 250, clock })
    await office.post(order('a'))
    const posted = office.post(order('b'))
    await until(() => clock.timers.length === 1)
    assert.equal(clock.timers[0]?.delayMs, 250)
    clock.timers[0]?.ring()
    await assertNoRoom(await posted)
    assert.equal(clock.timers[0]?.cancelled, true)
    assert.equal(await office.kept(), 1)
    assert.deepEqual(office.failures, [])
  })

  it('the wait is one second where nothing else is said', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ capacity: 1, clock })
    await office.post(order('a'))
    const posted = office.post(order('b'))
    await until(() => clock.timers.length === 1)
    assert.equal(clock.timers[0]?.delayMs, 1_000)
    clock.timers[0]?.ring()
    await posted
  })

  it('an order that waits is kept as soon as there is room', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ capacity: 1, clock })
    await office.post(order('a'))
    const posted = office.post(order('b'))
    await until(() => clock.timers.length === 1)
    const stop = new AbortController()
    const running = office.worker.run(stop.signal)
    assert.equal((await posted).status, 202)
    await office.worker.idle()
    stop.abort()
    await running
    assert.equal(clock.timers[0]?.cancelled, true)
    assert.equal((await office.worker.count()).done, 2)
  })

  for (const code of ['no_room', 'too_many_dead'] as const) {
    it(`a store that says ${code} is 503 too`, async () => {
      await using office = await Office.open(sending(() => Promise.reject(new WillcallError(code, 'told to nobody'))))
      await assertNoRoom(await office.post(order('a')))
    })
  }
})

describe('webhook: callers that go away', () => {
  it('one that waits for room leaves no order behind', async () => {
    const clock = new HandClock()
    await using office = await Office.open({ capacity: 1, clock })
    await office.post(order('a'))
    const caller = call(office, order('b'))
    await until(() => clock.timers.length === 1)
    caller.destroy()
    await until(() => clock.timers[0]?.cancelled === true)
    await workOff(office)
    assert.equal(await office.kept(), 1)
    assert.deepEqual([office.failures, office.passedOn], [[], []])
  })

  it('one that left before its order was checked does not wait for room', async () => {
    const clock = new HandClock()
    const checked = Promise.withResolvers<void>()
    let asked = false
    let gone = false
    await using office = await Office.open({
      capacity: 1,
      clock,
      schema: schemaThat(async (value) => {
        asked = true
        await checked.promise
        return { value }
      }),
      before: (_request, response, next) => {
        response.once('close', () => {
          gone = true
        })
        next()
      },
    })
    await office.worker.send({ task: 'issueReceipt', ticketId: 'a' })
    const caller = call(office, order('b'))
    await until(() => asked)
    caller.destroy()
    await until(() => gone)
    checked.resolve()
    await until(() => clock.timers[0]?.cancelled === true)
    assert.equal(await office.kept(), 1)
  })

  for (const [name, body, headers] of [
    ['a body', order('a'), {}],
    ['a body of gzip', gzipSync(order('a')), { 'content-encoding': 'gzip' }],
  ] as const) {
    it(`one that hangs up in the middle of ${name} leaves no order behind, and the next is served`, async () => {
      let gone = false
      await using office = await Office.open({
        before: (_request, response, next) => {
          response.once('close', () => {
            gone = true
          })
          next()
        },
      })
      const caller = call(office, body.slice(0, -5), { ...headers, 'content-length': body.length })
      await until(() => caller.bytesWritten > body.length && !caller.connecting)
      caller.end()
      await until(() => gone)
      assert.equal(await office.kept(), 0)
      assert.deepEqual([office.failures, office.passedOn], [[], []])
      assert.equal((await office.post(order('b'))).status, 202)
    })
  }

  it('a refusal leaves the connection good for the next order', async () => {
    await using office = await Office.open({ maxBytes: 1_000 })
    const caller = call(office, 'x'.repeat(200_000))
    let answers = ''
    caller.setEncoding('utf8').on('data', (text: string) => {
      answers += text
    })
    const head = `POST ${ORDERS} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n`
    await until(() => answers.includes('"status":413'))
    caller.write(`${head}\r\n`)
    await until(() => answers.includes('it is empty'))
    caller.write(`${head}content-length: 2\r\n\r\n{}`)
    await until(() => answers.includes('{"jobs":[]}'))
    caller.destroy()
  })
})

describe('webhook: failures', () => {
  const secret = new Error('the password is 1234')

  for (const [name, options, thrown] of [
    ['messages throws', throwing(secret), secret],
    ['messages throws undefined', throwing(undefined), undefined],
    ['messages throws a text', throwing('1234'), '1234'],
    [
      'the schema throws',
      {
        schema: schemaThat(() => {
          throw secret
        }),
      },
      secret,
    ],
    ['the schema rejects', { schema: schemaThat(() => Promise.reject(secret)) }, secret],
    ['the store rejects', sending(() => Promise.reject(secret)), secret],
    [
      'the store throws',
      sending(() => {
        throw secret
      }),
      secret,
    ],
  ] as const satisfies readonly (readonly [string, OfficeOptions, unknown])[]) {
    it(`${name}: 500 that tells nothing, and a fact that does`, async () => {
      await using office = await Office.open(options)
      const response = await office.post(order('a'), {}, `${ORDERS}?token=1234`)
      assert.equal(response.status, 500)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      assert.deepEqual(await response.json(), {
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        detail: 'this server failed to keep the order',
      })
      assert.deepEqual(office.failures, [{ path: ORDERS, error: thrown }])
      assert.equal(await office.kept(), 0)
    })
  }

  for (const [name, answer] of [
    ['a task that the worker does not have', [{ task: 'issueReceit', ticketId: 'a' }]],
    ['no array', undefined],
  ] as const) {
    it(`messages answers with ${name}: 500`, async () => {
      await using office = await Office.open({ messages: () => answer as never })
      assert.equal((await office.post(order('a'))).status, 500)
      assert.equal(office.failures.length, 1)
      assert.equal(await office.kept(), 0)
    })
  }
})

function schemaThat(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}
