import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceProcess } from '../demo/service-process.ts'
import { aDatabase } from './main-process.ts'
import { post, statisticsOf } from './serving.ts'

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1'

const starting = (env: NodeJS.ProcessEnv & { readonly DATABASE: string }): ServiceProcess =>
  new ServiceProcess({ env: { GATEWAY_ADDR: NOWHERE, RETRY_MIN_MS: '60000', ...env }, onComplaint: () => {} })

describe('the service of the demo', { timeout: 300_000 }, () => {
  it('has what it had after a kill, at its new address', async () => {
    using database = aDatabase()
    await using service = starting({ DATABASE: database.path })
    const first = await service.url()
    assert.equal((await post({ url: first }, { tickets: ['a', 'b'] })).status, 202)
    await service.kill()
    const next = await service.url()
    assert.notEqual(next, first)
    await assert.rejects(fetch(first))
    const { waiting, running } = await statisticsOf({ url: next })
    assert.equal(waiting + running, 4)
  })

  it('has no address until the next one listens', async () => {
    using database = aDatabase()
    await using service = starting({ DATABASE: database.path })
    const first = await service.url()
    const killed = service.kill()
    const next = service.url()
    await killed
    assert.notEqual(await next, first)
  })

  it('has no address where it cannot start, and says why', async () => {
    using database = aDatabase()
    await using service = starting({ DATABASE: `${database.path}/tickets.db` })
    await assert.rejects(service.url(), /the service ended before it listened \(exit code 1\): disk_failed: /)
  })
})
