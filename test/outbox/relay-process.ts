import { argv } from 'node:process'
import { openSqlite, openTopics } from '../../src/sqlite.ts'
import { relay } from '../../src/topics.ts'
import { listen, tell } from '../crash/processes/tell.ts'

// Relays from one file to another, until it is killed.

export interface RelayOrder {
  readonly from: string
  readonly to: string
  readonly topics: readonly string[]
}

const { from, to, topics }: RelayOrder = JSON.parse(argv[2] ?? '')
listen(() => {})
await using source = openSqlite(from)
await using target = openSqlite(to)
tell('working')
await relay({ from: openTopics(source), to: openTopics(target), topics })
