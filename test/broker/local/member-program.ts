import { openTopics, openSqlite } from '../../../src/sqlite.ts'
import { LocalBroker } from '../../../src/broker/local/local-broker.ts'

/** A member that takes whatever it is to have, and tells it. */
const [path = ''] = process.argv.slice(2)
const topics = openTopics(openSqlite(path))
if (!(topics instanceof LocalBroker)) throw new Error('these are no local topics')
const member = await topics.join({ group: 'g', topics: ['t'] })
for (;;) {
  const { taken } = await member.assign()
  for (const { assigned, progress } of taken) {
    await member.commit([{ assigned, progress: { offset: progress.offset + 1, above: `of ${process.pid}` }, dead: [] }])
    process.send?.(assigned.partition)
  }
  await member.changed.sleep()
}
