import type { BrokerCase } from './broker-case.ts'
import { deathCases } from './broker-death-cases.ts'
import { failureCases } from './broker-failure-cases.ts'
import { groupCases } from './broker-group-cases.ts'
import { handoverCases } from './broker-handover-cases.ts'
import { orderCases } from './broker-order-cases.ts'
import { progressCases } from './broker-progress-cases.ts'
import { publishCases } from './broker-publish-cases.ts'
import { replayCases } from './broker-replay-cases.ts'
import { retryCases } from './broker-retry-cases.ts'
import { stopCases } from './broker-stop-cases.ts'
import { topicCases } from './broker-topic-cases.ts'
import { transactionCases } from './broker-transaction-cases.ts'

export type { BrokerCase, BrokerHouse, MemberFact, MemberOrder, MemberProcess } from './broker-case.ts'
export { liveAsMember } from './broker-member.ts'

/** The promises of every broker, as data: run each that needs no feature which the broker lacks, in a house of its own. */
export const brokerCases: readonly BrokerCase[] = [
  ...topicCases,
  ...publishCases,
  ...transactionCases,
  ...orderCases,
  ...groupCases,
  ...handoverCases,
  ...failureCases,
  ...retryCases,
  ...replayCases,
  ...progressCases,
  ...stopCases,
  ...deathCases,
]
