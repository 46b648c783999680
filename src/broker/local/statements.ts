import type { Prepares, Statement } from '../../store/sqlite/file/database.ts'

/** Rows of one statement. */
export const ROWS_AT_ONCE = 20

/** Every statement of topics, prepared once for a connection. */
export interface TopicStatements {
  readonly topic: Statement
  readonly topics: Statement
  readonly addTopic: Statement
  readonly countPartitions: Statement
  readonly addPartition: Statement
  readonly partition: Statement
  readonly topicBytes: Statement
  readonly insertRecord: Statement
  readonly insertRecords: Statement
  readonly append: Statement
  readonly read: Statement
  readonly timeOf: Statement

  readonly group: Statement
  readonly countGroups: Statement
  readonly addGroup: Statement
  readonly changeGroup: Statement
  readonly removeGroup: Statement
  readonly removePositions: Statement
  readonly groupNow: Statement
  readonly addMember: Statement
  readonly member: Statement
  readonly members: Statement
  readonly stopMember: Statement
  readonly removeMember: Statement
  readonly removeDead: Statement
  readonly addPositions: Statement
  readonly addPositionsAtEnd: Statement
  readonly holders: Statement
  readonly take: Statement
  readonly letGo: Statement
  readonly letAllGo: Statement
  readonly commit: Statement
  readonly isHeld: Statement

  readonly begin: Statement
  readonly positions: Statement
  readonly position: Statement
  readonly seek: Statement

  readonly oldest: Statement
  readonly leastOffset: Statement
  readonly forget: Statement
  readonly setFirst: Statement
  readonly skipped: Statement
  readonly skip: Statement
}

const TOPIC = 'id, name, first_partition, partitions, retention_ms, retention_bytes, strict'

export const prepareTopics = (database: Prepares): TopicStatements => ({
  topic: database.prepare(`select ${TOPIC} from willcall_topic where name = ?`),
  topics: database.prepare(`select ${TOPIC} from willcall_topic order by id`),
  addTopic: database.prepare(`
    insert into willcall_topic(name, first_partition, partitions, retention_ms, retention_bytes, strict)
    values (?, ?, ?, ?, ?, ?)`),
  countPartitions: database
    .prepare(`
    select coalesce(max(first_partition + partitions), 0),
      coalesce(sum(partitions) filter (where substr(name, -5) <> '.dead'), 0)
    from willcall_topic`)
    .raw(),
  addPartition: database.prepare(
    'insert into willcall_partition(id, first, next, bytes, last_at) values (?, 0, 0, 0, 0)',
  ),
  partition: database.prepare('select first, next, bytes, last_at from willcall_partition where id = ?'),
  topicBytes: database.prepare('select sum(bytes) from willcall_partition where id >= ? and id < ?').raw(),
  insertRecord: inserted(database, 1),
  insertRecords: inserted(database, ROWS_AT_ONCE),
  append: database.prepare('update willcall_partition set next = ?, bytes = ?, last_at = ? where id = ?'),
  read: database
    .prepare(`
    select key, at, record_key, headers, payload from willcall_record
    where key >= ? and key < ?
    order by key limit ?`)
    .raw(),
  timeOf: database.prepare('select at from willcall_record where key = ?').raw(),

  group: database.prepare('select id from willcall_group where name = ?').raw(),
  countGroups: database.prepare("select count(*) from willcall_group where substr(name, -7) <> '.replay'").raw(),
  addGroup: database.prepare('insert into willcall_group(name, version) values (?, 0) returning id').raw(),
  changeGroup: database.prepare('update willcall_group set version = version + 1 where id = ?'),
  removeGroup: database.prepare('delete from willcall_group where id = ?'),
  removePositions: database.prepare('delete from willcall_position where group_id = ?'),
  groupNow: database
    .prepare(`
    select version, (
      select count(*) from willcall_member join willcall_owner on willcall_owner.id = willcall_member.owner
      where group_id = willcall_group.id)
    from willcall_group where id = ?`)
    .raw(),
  addMember: database
    .prepare('insert into willcall_member(group_id, owner, topics, stops) values (?, ?, ?, 0) returning id')
    .raw(),
  member: database.prepare('select 1 from willcall_member where id = ? and owner = ?').raw(),
  members: database.prepare(`
    select id, topics, stops from willcall_member
    where group_id = ? and owner in (select id from willcall_owner)
    order by id`),
  stopMember: database.prepare('update willcall_member set stops = 1 where id = ?'),
  removeMember: database.prepare('delete from willcall_member where id = ?'),
  removeDead: database.prepare(`
    delete from willcall_member where group_id = ? and owner not in (select id from willcall_owner)`),
  addPositions: database.prepare(`
    insert or ignore into willcall_position(group_id, partition, offset, above)
    select ?, id, first, '' from willcall_partition where id >= ? and id < ?`),
  addPositionsAtEnd: database.prepare(`
    insert or ignore into willcall_position(group_id, partition, offset, above)
    select ?, id, next, '' from willcall_partition where id >= ? and id < ?`),
  holders: database.prepare('select partition, member from willcall_position where group_id = ?').raw(),
  take: database.prepare('update willcall_position set member = ? where group_id = ? and partition = ?'),
  letGo: database.prepare(`
    update willcall_position set member = null where group_id = ? and partition = ? and member = ?`),
  letAllGo: database.prepare('update willcall_position set member = null where group_id = ? and member = ?'),
  commit: database.prepare(`
    update willcall_position set offset = ?, above = ?
    where group_id = ? and partition = ? and member = ? and offset <= ?`),
  isHeld: database.prepare('select 1 from willcall_position where group_id = ? and partition = ? and member = ?').raw(),

  begin: database.prepare(`
    insert or ignore into willcall_position(group_id, partition, offset, above) values (?, ?, ?, '')`),
  positions: database.prepare(`
    select willcall_topic.name as topic, partition - first_partition as partition, offset, next - offset as lag
    from willcall_position
    join willcall_partition on willcall_partition.id = partition
    join willcall_topic on first_partition = (
      select max(first_partition) from willcall_topic where first_partition <= willcall_position.partition)
    where group_id = ?
    order by willcall_position.partition`),
  position: database.prepare('select offset, above from willcall_position where group_id = ? and partition = ?'),
  seek: database.prepare(`
    insert into willcall_position(group_id, partition, offset, above) values (?, ?, ?, '')
    on conflict do update set offset = excluded.offset, above = '', member = null`),

  oldest: database
    .prepare(`
    select key, at,
      octet_length(payload) + coalesce(octet_length(record_key), 0) + coalesce(octet_length(headers), 0)
    from willcall_record
    where key >= ? and key < ?
    order by key limit ?`)
    .raw(),
  leastOffset: database.prepare('select min(offset) from willcall_position where partition = ?').raw(),
  forget: database.prepare('delete from willcall_record where key >= ? and key < ?'),
  setFirst: database.prepare('update willcall_partition set first = ?, bytes = bytes - ? where id = ?'),
  skipped: database.prepare(`
    select name as "group", offset from willcall_position
    join willcall_group on willcall_group.id = group_id
    where partition = ? and offset < ?`),
  skip: database.prepare(`
    update willcall_position set offset = ?, above = '' where partition = ? and offset < ?`),
})

/** So many new records. */
const inserted = (database: Prepares, rows: number): Statement =>
  database.prepare(`
    insert into willcall_record(key, at, record_key, headers, payload)
    values ${Array.from({ length: rows }, () => '(?, ?, ?, ?, ?)').join(', ')}`)

export type RecordRow = readonly [
  key: number,
  at: number,
  recordKey: string | null,
  headers: string | null,
  payload: string,
]

/** Of a record, what retention goes by. */
export type SizeRow = readonly [key: number, at: number, bytes: number]

export interface PositionRow {
  readonly offset: number
  readonly above: string
}

/** A partition as its row says. */
export interface PartitionRow {
  /** The offset of its oldest record, or `next` where it has none. */
  readonly first: number
  /** The offset of its next record. */
  readonly next: number
  readonly bytes: number
  /** When its last record was published. */
  readonly last_at: number
}
