export {
  type BrokerCase,
  type BrokerHouse,
  brokerCases,
  liveAsMember,
  type MemberFact,
  type MemberOrder,
  type MemberProcess,
} from './broker-cases.ts'
export { type Drainable, drain } from './drain.ts'
export { FakeClock } from './fake-clock.ts'
export { type FlakyOptions, flaky } from './flaky.ts'
export { seededRandom } from './random.ts'
export { CASE_CAPACITY, type StoreCase, storeCases } from './store-cases.ts'
