import { describe, it } from 'node:test'
import { expectTypeOf } from 'expect-type'
import ky, { type KyInstance } from 'ky'
import { type FailedCall, type Fetch, Upstream, upstreamFetch } from '../../src/index.ts'
import { upstreamHooks } from '../../src/upstream/ky.ts'

/** Read by the compiler, never called. */
const onlyCompiled = (..._calls: readonly (() => unknown)[]): void => {}

const receipts = new Upstream('receipts')
const api = ky.extend(upstreamHooks(receipts))

describe('upstreamHooks', () => {
  it('extend ky, whose json() is of the type that is asked for', () => {
    expectTypeOf(api).toEqualTypeOf<KyInstance>()
    onlyCompiled(async () => {
      expectTypeOf(await api.get('http://api').json<{ a: number }>()).toEqualTypeOf<{ a: number }>()
      expectTypeOf(await (await api.post('http://api')).json<string[]>()).toEqualTypeOf<string[]>()
    })
  })

  it('are options of ky.create too', () => {
    onlyCompiled(() => ky.create({ baseUrl: 'http://api', timeout: false, ...upstreamHooks(receipts) }))
  })

  it('take all of an upstream that they use', () => {
    onlyCompiled(
      () => upstreamHooks({ name: 'a', answered: () => {}, failed: () => {} }),
      // @ts-expect-error -- a name is no upstream
      () => upstreamHooks('receipts'),
    )
  })
})

describe('upstreamFetch', () => {
  it('is a fetch, and takes one', () => {
    expectTypeOf(upstreamFetch(receipts)).toEqualTypeOf<Fetch>()
    expectTypeOf<Fetch>().toExtend<typeof globalThis.fetch>()
    expectTypeOf<typeof globalThis.fetch>().toExtend<Fetch>()
    onlyCompiled(
      () => upstreamFetch(receipts, globalThis.fetch),
      () => ky.create({ fetch: upstreamFetch(receipts) }),
    )
  })

  it('tells of a failed call what there is to tell', () => {
    expectTypeOf<FailedCall>().toEqualTypeOf<{
      readonly method: string
      readonly url: string
      readonly status: number | undefined
      readonly body: string | undefined
    }>()
  })
})
