import { describe, it } from 'node:test'
import { brokerCases } from '../../src/testing/index.ts'
import { aLocalHouse } from './processes/local-house.ts'

describe('every broker', () => {
  for (const { name, run } of brokerCases) {
    it(name, { timeout: 90_000 }, async () => {
      await using house = aLocalHouse()
      await run(house)
    })
  }
})
