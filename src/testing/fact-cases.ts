import assert from 'node:assert/strict'
import type { StoreCase } from './store-case.ts'

const isTrue = (told: boolean): boolean => told

/** Facts: compare-and-set. */
export const factCases: readonly StoreCase[] = [
  {
    name: 'of many who set a new fact at once only one does',
    async run(store) {
      const told = await Promise.all(['1', '2', '3'].map((value) => store.remember('f', value, undefined)))
      assert.equal(told.filter(isTrue).length, 1)
      const [fact] = await store.recall('f')
      assert.equal(fact?.value, ['1', '2', '3'][told.indexOf(true)])
    },
  },
  {
    name: 'of many who change a fact at once only one does, and none of the changes is lost',
    async run(store) {
      await store.remember('f', '0', undefined)
      const addOne = async (): Promise<void> => {
        for (;;) {
          const [fact] = await store.recall('f')
          if (await store.remember('f', String(Number(fact?.value) + 1), fact?.value)) return
        }
      }
      await Promise.all(Array.from({ length: 8 }, addOne))
      assert.deepEqual(await store.recall('f'), [{ name: 'f', value: '8' }])
    },
  },
  {
    name: 'a fact that is not there is taken away by nobody',
    async run(store) {
      assert.equal(await store.remember('f', undefined, '1'), false)
      assert.equal(await store.remember('f', undefined, undefined), true)
      assert.equal(await store.remember('f', '2', '1'), false)
      assert.deepEqual(await store.recall(''), [])
    },
  },
  {
    name: 'an empty text is a value like another',
    async run(store) {
      assert.equal(await store.remember('f', '', undefined), true)
      assert.equal(await store.remember('f', '1', undefined), false)
      assert.deepEqual(await store.recall('f'), [{ name: 'f', value: '' }])
      assert.equal(await store.remember('f', '1', ''), true)
    },
  },
  {
    name: 'the beginning of a name is no pattern, and tells capitals from others',
    async run(store) {
      const names = ['100%', '100x', '10_', 'F', 'f', 'f/é', 'f/😀', 'f\0g']
      for (const name of names) await store.remember(name, name, undefined)
      const recalled = async (prefix: string) => (await store.recall(prefix)).map(({ name }) => name)
      assert.deepEqual(await recalled(''), names.toSorted())
      assert.deepEqual(await recalled('100%'), ['100%'])
      assert.deepEqual(await recalled('10_'), ['10_'])
      assert.deepEqual(await recalled('f'), ['f', 'f\0g', 'f/é', 'f/😀'])
      assert.deepEqual(await recalled('f/😀'), ['f/😀'])
      assert.deepEqual(await recalled('g'), [])
    },
  },
]
