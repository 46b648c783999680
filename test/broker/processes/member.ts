import { argv } from 'node:process'
import { openSqlite, openTopics } from '../../../src/sqlite.ts'
import type { MemberOrder } from '../../../src/testing/broker-case.ts'
import { liveAsMember } from '../../../src/testing/broker-member.ts'
import { listen, tellLine } from '../../crash/processes/tell.ts'

// A member of a group in a process of its own. It stops by SIGTERM, or when its test ends.

export interface ProcessOrder {
  readonly path: string
  readonly member: MemberOrder
}

const { path, member }: ProcessOrder = JSON.parse(argv[2] ?? '')
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
listen(() => {})
await using store = openSqlite(path)
await liveAsMember(openTopics(store), member, (fact) => tellLine(JSON.stringify(fact)), stop.signal)
