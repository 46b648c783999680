import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { describe, it } from 'node:test'
import { Worker } from '../../../src/index.ts'
import { openSqlite } from '../../../src/store/sqlite/open-sqlite.ts'
import { until } from '../../worker/running.ts'
import { aFolder } from './folder.ts'
import { Child } from './lock-child.ts'
import { INTERVAL_MS, LIMIT } from './rate-program.options.ts'

interface Arrival {
  readonly at: number
  readonly process: string | null
}

/** Answers whenever so many calls are under way as it takes: they come from several processes. */
async function anApi() {
  const arrivals: Arrival[] = []
  let waiting: ServerResponse[] = []
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://api')
    arrivals.push({ at: performance.now(), process: searchParams.get('process') })
    waiting.push(response)
    if (waiting.length < LIMIT) return
    for (const each of waiting) each.end('well')
    waiting = []
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    arrivals,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('two processes on one file', () => {
  it('make no more calls within any interval than their upstream takes', async () => {
    using folder = aFolder()
    await using api = await anApi()
    const path = folder.file('a.db')
    await using store = openSqlite(path)
    const worker = new Worker({ store, tasks: { plain: (_payload: object) => {}, asked: (_payload: object) => {} } })
    const children = [1, 2].map(() => new Child<string>('rate-program.ts', [path, api.url]))
    await using _one = children[0] ?? assert.fail()
    await using _two = children[1] ?? assert.fail()
    for (const child of children) await child.told((facts) => facts.includes('runs'))
    for (let n = 0; n < LIMIT; n += 1) await worker.send({ task: 'plain' }, { task: 'asked' }, { task: 'plain' })
    await until(async () => (await worker.count()).done === 3 * LIMIT)
    for (const child of children) child.send('stop')
    for (const child of children) assert.equal(await child.ended(), 0)

    const times = api.arrivals.map(({ at }) => at)
    const spansMs = times.slice(LIMIT).map((at, index) => at - (times[index] ?? Number.NaN))
    assert.equal(new Set(api.arrivals.map(({ process }) => process)).size, 2)
    assert.equal(times.length, 3 * LIMIT)
    assert.deepEqual(
      spansMs.filter((spanMs) => spanMs < INTERVAL_MS),
      [],
    )
  })
})
