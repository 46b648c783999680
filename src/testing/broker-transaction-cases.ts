import assert from 'node:assert/strict'
import type { Position } from '../broker/broker.ts'
import type { SqliteDatabase } from '../core/sqlite-database.ts'
import { assertEach, type BrokerCase, code, numbered, setting, upTo } from './broker-case.ts'
import { Listener } from './broker-listener.ts'

/** Does it in a transaction of the caller's own, which ends so. */
function inTransaction<Result>(database: SqliteDatabase, end: 'commit' | 'rollback', act: () => Result): Result {
  database.prepare('begin immediate').run()
  try {
    const result = act()
    database.prepare(end).run()
    return result
  } catch (error) {
    if (database.inTransaction) database.prepare('rollback').run()
    throw error
  }
}

const addBook = (database: SqliteDatabase, title: string): void =>
  void database.prepare('insert into book(title) values (?)').run(title)
const titles = (database: SqliteDatabase): readonly unknown[] =>
  database
    .prepare('select title from book order by title')
    .all()
    .map((row) => (row as { title: string }).title)

/** Records that are published within a transaction of the caller. */
export const transactionCases: readonly BrokerCase[] = [
  transactionCase('records of a transaction come after its commit, with what else it wrote', async (house) => {
    const { broker, topic, group } = await setting(house, { partitions: 3 })
    const database = house.database()
    const records = numbered(upTo(6), (n) => ({ key: `key-${n}`, headers: { n: `${n}` } }))
    await using member = new Listener(broker, { topics: [topic], group })
    const positions = inTransaction(database, 'commit', () => {
      addBook(database, 'one')
      return broker.publishIn(database, topic, records)
    })
    await broker.kept(positions)
    await member.hasDone(6)
    assert.deepEqual(titles(database), ['one'])
    const came = member.done.toSorted((one, other) => one.n - other.n).map(({ record }) => record)
    assert.deepEqual(
      came.map(({ partition, offset }): Position => ({ topic, partition, offset })),
      positions,
    )
    assert.deepEqual(
      came.map(({ key, payload, headers }) => ({ key, payload, headers: { ...headers } })),
      records,
    )
  }),
  transactionCase('records of a transaction that is rolled back have never been there', async (house) => {
    const { broker, topic, group } = await setting(house)
    const database = house.database()
    await broker.publish(topic, numbered([1]))
    const gone = inTransaction(database, 'rollback', () => {
      addBook(database, 'gone')
      return broker.publishIn(database, topic, numbered([2, 3]))
    })
    await assert.rejects(broker.kept(gone), code('not_kept'))
    const [position] = await broker.publish(topic, numbered([4]))
    assert.equal(position?.offset, 1)
    await using member = new Listener(broker, { topics: [topic], group })
    await member.hasDone(2)
    await member.stop()
    assertEach(member.beganNumbers, [1, 4])
    assert.deepEqual(titles(database), [])
  }),
  transactionCase('records of a savepoint that is rolled back have never been there', async (house) => {
    const { broker, topic, group } = await setting(house)
    const database = house.database()
    inTransaction(database, 'commit', () => {
      broker.publishIn(database, topic, numbered([1]))
      database.prepare('savepoint inner_one').run()
      broker.publishIn(database, topic, numbered([2]))
      database.prepare('rollback to inner_one').run()
      database.prepare('release inner_one').run()
      broker.publishIn(database, topic, numbered([3]))
    })
    await using member = new Listener(broker, { topics: [topic], group, order: 'partition' })
    await member.hasDone(2)
    assert.deepEqual(
      member.done.map(({ n, record }) => [n, record.offset]),
      [
        [1, 0],
        [3, 1],
      ],
    )
  }),
  transactionCase('a transaction that fails at a record keeps none of its call', async (house) => {
    const { broker, topic } = await setting(house, { partitions: 2 })
    const database = house.database()
    inTransaction(database, 'commit', () => {
      addBook(database, 'kept')
      const publish = (records: readonly object[]): unknown => broker.publishIn(database, topic, records as never)
      assert.throws(() => publish([{ payload: 1 }, { payload: 1n }]), code('payload_refused'))
      assert.throws(() => publish([{ payload: 1 }, { payload: 1, partition: 2 }]), code('invalid_option'))
      const nobodys = house.name('nobodys')
      assert.throws(() => broker.publishIn(database, nobodys, numbered([1])), code('unknown_topic'))
    })
    const positions = await broker.publish(
      topic,
      numbered(upTo(2), (n) => ({ partition: n - 1 })),
    )
    assert.deepEqual(
      positions.map(({ offset }) => offset),
      [0, 0],
    )
    assert.deepEqual(titles(database), ['kept'])
  }),
  transactionCase('records are not published in a database where no transaction is open', async (house) => {
    const { broker, topic } = await setting(house)
    const database = house.database()
    assert.throws(() => broker.publishIn(database, topic, numbered([1])), { name: 'WillcallError' })
    const [position] = await broker.publish(topic, numbered([2]))
    assert.equal(position?.offset, 0)
  }),
  transactionCase('records of transactions and of calls keep one order in a partition', async (house) => {
    const { broker, topic, group } = await setting(house)
    const database = house.database()
    for (let n = 1; n <= 20; n += 2) {
      inTransaction(database, 'commit', () => broker.publishIn(database, topic, numbered([n], { key: 'a' })))
      await broker.publish(topic, numbered([n + 1], { key: 'a' }))
    }
    await using member = new Listener(broker, { topics: [topic], group })
    await member.hasDone(20)
    assert.deepEqual(
      member.done.map(({ record }) => record.offset),
      upTo(20, 0),
    )
    assert.deepEqual(member.doneNumbers, upTo(20))
  }),
  {
    name: 'a broker without transactions says so',
    async run(house) {
      const { broker, topic } = await setting(house)
      if (broker.features.has('transactions')) return
      const database = {} as SqliteDatabase
      assert.throws(() => broker.publishIn(database, topic, numbered([1])), code('unsupported'))
      await assert.rejects(broker.kept([]), code('unsupported'))
    },
  },
]

function transactionCase(name: string, run: BrokerCase['run']): BrokerCase {
  return { name, needs: 'transactions', run }
}
