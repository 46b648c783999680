import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, it } from 'node:test'
import { Office, order, ticketsOf } from './office.ts'

const byText = (one: string, other: string): number => (one < other ? -1 : 1)

describe('webhook: the context of a request', () => {
  it('is seen by messages and by who writes the answer, each its own, and never by a handler', async () => {
    const requests = new AsyncLocalStorage<string>()
    const byMessages: string[] = []
    const byAnswers: string[] = []
    const byHandlers: (string | undefined)[] = []
    await using office = await Office.open({
      before: (request, response, next) => {
        const name = request.get('x-name') ?? ''
        const writeHead = response.writeHead.bind(response)
        response.writeHead = ((...head: Parameters<typeof writeHead>) => {
          byAnswers.push(`${name} ${requests.getStore()}`)
          return writeHead(...head)
        }) as typeof response.writeHead
        requests.run(name, next)
      },
      messages: (body) => {
        byMessages.push(String(requests.getStore()))
        return ticketsOf(body)
      },
      issueReceipt: () => byHandlers.push(requests.getStore()),
    })
    const stop = new AbortController()
    const running = office.worker.run(stop.signal)
    const names = ['a', 'b', 'c', 'd', 'e']
    await Promise.all(names.map((name) => office.post(order(name), { 'x-name': name })))
    await office.worker.idle()
    stop.abort()
    await running
    assert.deepEqual(byMessages.toSorted(byText), names)
    assert.deepEqual(
      byAnswers.toSorted(byText),
      names.map((name) => `${name} ${name}`),
    )
    assert.deepEqual(
      byHandlers,
      names.map(() => undefined),
    )
  })
})
