import { argv } from 'node:process'
import { openSqlite, openTopics } from '../../../src/sqlite.ts'
import { liveAsMember } from '../../../src/testing/index.ts'
import { listen, tellLine } from '../../crash/processes/tell.ts'
import type { MemberProgramOrder } from './orders.ts'

// A member of a group. It stops by SIGTERM, or when its test ends.

const { path, member }: MemberProgramOrder = JSON.parse(argv[2] ?? '')
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
listen(() => {})
await using store = openSqlite(path)
await liveAsMember(openTopics(store), member, (fact) => tellLine(JSON.stringify(fact)), stop.signal)
