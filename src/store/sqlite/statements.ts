import type { JobState } from '../../core/job.ts'
import type { Prepares, Statement } from './file/database.ts'
import { ROWS_AT_ONCE } from './job-inserts.ts'

const JOB = 'key, sent_at, run_at, deaths, tries, once, payload'

/** Every statement of the store, prepared once for a connection. */
export interface Statements {
  readonly nameOfFile: Statement
  readonly tally: Statement
  readonly setTally: Statement
  readonly tasks: Statement
  readonly addTask: Statement
  readonly insertJob: Statement
  readonly insertJobs: Statement
  readonly enqueueLater: Statement
  readonly due: Statement
  readonly addDue: Statement
  readonly nextDue: Statement
  readonly claimable: Statement
  readonly claimableDied: Statement
  readonly claim: Statement
  readonly giveBack: Statement
  readonly take: Statement
  readonly again: Statement
  readonly addLater: Statement
  readonly addDone: Statement
  readonly oldestDone: Statement
  readonly forgetDone: Statement
  readonly doneBetween: Statement
  readonly addDead: Statement
  readonly removeDead: Statement
  readonly setProgress: Statement
  readonly onceByKey: Statement
  readonly addOnce: Statement
  readonly endOnce: Statement
  readonly reviveOnce: Statement
  readonly forgetOnce: Statement
  readonly addOwner: Statement
  readonly owner: Statement
  readonly owners: Statement
  readonly removeOwner: Statement
  readonly ownedJobs: Statement
  readonly upstream: Statement
  readonly addUpstream: Statement
  readonly setCalls: Statement
  readonly lessCalls: Statement
  readonly forgetCalls: Statement
  readonly bringNear: Statement
  readonly addCall: Statement
  readonly firstCallUntil: Statement
  readonly endCall: Statement
  readonly renewCall: Statement
  readonly removeCall: Statement
  readonly recall: Statement
  readonly fact: Statement
  readonly setFact: Statement
  readonly countFacts: Statement
  readonly removeFact: Statement
  /** Changes whenever another connection has committed. */
  readonly version: Statement
  readonly beginRead: Statement
  readonly endRead: Statement
  /** By table. */
  readonly find: Readonly<Record<'job' | 'later' | 'dead', Statement>>
  readonly page: Readonly<Record<Exclude<JobState, 'done'>, readonly Statement[]>>
}

export const prepare = (database: Prepares): Statements => ({
  nameOfFile: database.prepare('select name from willcall_file').raw(),
  tally: database
    .prepare('select last_number, waiting, running, done, done_bytes, dead, once from willcall_file')
    .raw(),
  setTally: database.prepare(`
    update willcall_file set last_number = ?, waiting = ?, running = ?, done = ?, done_bytes = ?, dead = ?, once = ?`),

  tasks: database.prepare('select id, name from willcall_task').raw(),
  addTask: database.prepare('insert into willcall_task(name) values (?) returning id').raw(),

  insertJob: inserted(database, 1),
  insertJobs: inserted(database, ROWS_AT_ONCE),
  enqueueLater: database.prepare(`
    insert into willcall_later(key, sent_at, run_at, deaths, once, payload) values (?, ?, ?, 0, ?, ?)`),

  due: database.prepare(`
    delete from willcall_later where key in (select key from willcall_later where run_at <= ? order by run_at limit ?)
    returning ${JOB}`),
  addDue: database.prepare(`insert into willcall_job(${JOB}) values (?, ?, ?, ?, ?, ?, ?)`),
  nextDue: database.prepare('select min(run_at) from willcall_later').raw(),
  claimable: database.prepare(`
    select ${JOB} from willcall_job
    where key >= ? and key < ? and owner is null and deaths = 0
    order by key limit ?`),
  claimableDied: database.prepare(`
    select ${JOB} from willcall_job indexed by willcall_job_died
    where key >= ? and key < ? and owner is null and deaths > 0
    order by key limit 1`),
  claim: database.prepare('update willcall_job set owner = ? where key between ? and ?'),
  giveBack: database.prepare(`
    update willcall_job set owner = null where owner = ? and key in (select value from json_each(?))`),

  take: database.prepare('delete from willcall_job where key between ? and ? and owner = ?'),
  again: database.prepare(`
    update willcall_job set owner = null, progress = null, run_at = ?, deaths = ?, tries = ? where key = ? and owner = ?`),
  addLater: database.prepare(`insert into willcall_later(${JOB}) values (?, ?, ?, ?, ?, ?, ?)`),
  addDone: database.prepare(
    'insert into willcall_done(ended_at, first, last, count, bytes, jobs) values (?, ?, ?, ?, ?, ?)',
  ),
  oldestDone: database.prepare('select id, ended_at, count, bytes from willcall_done order by id limit 1').raw(),
  forgetDone: database.prepare('delete from willcall_done where id = ?'),
  doneBetween: database.prepare(
    'select ended_at, first, jobs from willcall_done where last >= ? and first <= ? order by first',
  ),
  addDead: database.prepare(`
    insert into willcall_dead(${JOB}, ended_at, reason, error) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  removeDead: database.prepare('delete from willcall_dead where key = ?'),
  setProgress: database.prepare('update willcall_job set progress = ? where key = ? and owner is not null'),

  onceByKey: database.prepare('select content, numbers, living, ends_at from willcall_once where key = ?'),
  addOnce: database.prepare('insert or replace into willcall_once values (?, ?, ?, ?, ?, ?)'),
  endOnce: database.prepare(`
    update willcall_once set living = living - 1, ends_at = case living when 1 then ? + for_ms end where key = ?`),
  reviveOnce: database.prepare('update willcall_once set living = living + 1, ends_at = null where key = ?'),
  forgetOnce: database.prepare(`
    delete from willcall_once where key in (select key from willcall_once where ends_at <= ? order by ends_at limit ?)`),

  addOwner: database.prepare('insert into willcall_owner(lock_file) values (?) returning id').raw(),
  owner: database.prepare('select 1 from willcall_owner where id = ?').raw(),
  owners: database.prepare('select id, lock_file as lockFile from willcall_owner order by id'),
  removeOwner: database.prepare('delete from willcall_owner where id = ?'),
  ownedJobs: database.prepare(`select ${JOB} from willcall_job where owner = ?`),

  upstream: database.prepare('select id, calls from willcall_upstream where name = ?').raw(),
  addUpstream: database.prepare('insert into willcall_upstream(name, calls) values (?, 0) returning id, calls').raw(),
  setCalls: database.prepare('update willcall_upstream set calls = ? where id = ?'),
  lessCalls: database.prepare('update willcall_upstream set calls = calls - ? where name = ?'),
  forgetCalls: database.prepare(`
    delete from willcall_upstream_call where id in (
      select id from willcall_upstream_call where upstream = ? and until <= ? order by until limit ?)`),
  bringNear: database.prepare(`
    update willcall_upstream_call set until = ? where id in (
      select id from willcall_upstream_call where upstream = ? and until > ? order by until limit ?)`),
  addCall: database.prepare('insert into willcall_upstream_call(upstream, until) values (?, ?) returning id').raw(),
  firstCallUntil: database.prepare('select min(until) from willcall_upstream_call where upstream = ?').raw(),
  endCall: database.prepare('update willcall_upstream_call set until = min(until, ?) where id = ?'),
  renewCall: database.prepare('update willcall_upstream_call set until = ? where id = ? and until > ?'),
  removeCall: database.prepare('delete from willcall_upstream_call where id = ?'),

  recall: database.prepare('select name, value from willcall_fact where name >= ? order by name'),
  fact: database.prepare('select value from willcall_fact where name = ?').raw(),
  setFact: database.prepare('insert or replace into willcall_fact values (?, ?)'),
  countFacts: database.prepare('select count(*) from willcall_fact').raw(),
  removeFact: database.prepare('delete from willcall_fact where name = ?'),

  version: database.prepare('pragma data_version').raw(),
  // Within the transaction of a handler, too.
  beginRead: database.prepare('savepoint read'),
  endRead: database.prepare('release read'),

  find: {
    job: found(database, 'job'),
    later: found(database, 'later'),
    dead: found(database, 'dead'),
  },
  page: {
    waiting: [paged(database, 'job', 'and owner is null'), paged(database, 'later', '')],
    running: [paged(database, 'job indexed by willcall_job_owner', 'and owner is not null')],
    dead: [paged(database, 'dead', '')],
  },
})

/** So many new jobs. */
const inserted = (database: Prepares, rows: number): Statement =>
  database.prepare(`
    insert into willcall_job(key, sent_at, run_at, deaths, once, owner, payload)
    values ${Array.from({ length: rows }, () => '(?, ?, ?, 0, ?, ?, ?)').join(', ')}`)

/** The jobs with these keys, which come as one JSON array. */
const found = (database: Prepares, table: string): Statement =>
  database.prepare(`select * from willcall_${table} where key in (select value from json_each(?))`)

/** The first jobs of a range of keys. */
const paged = (database: Prepares, table: string, condition: string): Statement =>
  database.prepare(`select * from willcall_${table} where key >= ? and key < ? ${condition} order by key limit ?`)

/** The columns of a job, wherever it is. */
export interface JobRow {
  readonly key: number
  readonly sent_at: number
  readonly run_at: number
  readonly deaths: number
  readonly tries: string | null
  readonly once: string | null
  readonly payload: string
  readonly progress?: number | null
  readonly owner?: number | null
  readonly ended_at?: number
  readonly result?: string | null
  readonly reason?: string
  readonly error?: string
}
