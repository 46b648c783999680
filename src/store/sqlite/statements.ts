import type { JobState } from '../../core/job.ts'
import type { Database, Statement } from './database.ts'

const JOB = 'key, sent_at, run_at, tries, once'

/** Every statement of the store, prepared once for a connection. */
export interface Statements {
  readonly nameOfFile: Statement
  readonly lastNumber: Statement
  readonly setLastNumber: Statement
  readonly tasks: Statement
  readonly addTask: Statement
  readonly enqueue: Statement
  readonly enqueueLater: Statement
  readonly due: Statement
  readonly addDue: Statement
  readonly nextDue: Statement
  readonly claimable: Statement
  readonly claim: Statement
  readonly take: Statement
  readonly again: Statement
  readonly addLater: Statement
  readonly addDone: Statement
  readonly addDead: Statement
  readonly setProgress: Statement
  readonly removeDead: Statement
  readonly forgetDone: Statement
  readonly forgetOldestDone: Statement
  readonly onceByKey: Statement
  readonly addOnce: Statement
  readonly endOnce: Statement
  readonly reviveOnce: Statement
  readonly forgetOnce: Statement
  readonly counters: Statement
  readonly count: Statement
  readonly addOwner: Statement
  readonly hasOwner: Statement
  readonly owners: Statement
  readonly removeOwner: Statement
  readonly ownedJobs: Statement
  readonly freeJob: Statement
  readonly removeJob: Statement
  readonly recall: Statement
  readonly fact: Statement
  readonly setFact: Statement
  readonly countFacts: Statement
  readonly removeFact: Statement
  /** By table. */
  readonly find: Readonly<Record<'job' | 'later' | 'done' | 'dead', Statement>>
  readonly page: Readonly<Record<JobState, readonly Statement[]>>
}

export const prepare = (database: Database): Statements => ({
  nameOfFile: database.prepare('select name from file').raw(),
  lastNumber: database.prepare('select last_number from file').raw(),
  setLastNumber: database.prepare('update file set last_number = ?'),

  tasks: database.prepare('select id, name from task').raw(),
  addTask: database.prepare('insert into task(name) values (?) returning id').raw(),

  enqueue: database.prepare('insert into job(key, sent_at, run_at, once, payload) values (?, ?, ?, ?, ?)'),
  enqueueLater: database.prepare('insert into later(key, sent_at, run_at, once, payload) values (?, ?, ?, ?, ?)'),

  due: database.prepare(`
    delete from later where key in (select key from later where run_at <= ? order by run_at limit ?)
    returning ${JOB}, payload`),
  addDue: database.prepare(`insert into job(${JOB}, payload) values (?, ?, ?, ?, ?, ?)`),
  nextDue: database.prepare('select min(run_at) from later').raw(),
  claimable: database.prepare(`
    select ${JOB}, progress, payload from job
    where key >= ? and key < ? and owner is null
    order by key limit ?`),
  claim: database.prepare('update job set owner = ?, claim = ? where key = ? and owner is null'),

  take: database.prepare('delete from job where key = ? and owner = ? and claim = ?'),
  again: database.prepare(`
    update job set owner = null, claim = null, progress = null, run_at = ?, tries = ?
    where key = ? and owner = ? and claim = ?`),
  addLater: database.prepare(`insert into later(${JOB}, payload) values (?, ?, ?, ?, ?, ?)`),
  addDone: database.prepare(`
    insert into done(key, sent_at, run_at, tries, progress, payload, ended_at, result) values (?, ?, ?, ?, ?, ?, ?, ?)`),
  addDead: database.prepare(`
    insert into dead(${JOB}, progress, payload, ended_at, reason, error) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  setProgress: database.prepare('update job set progress = ? where key = ? and owner is not null'),
  removeDead: database.prepare('delete from dead where key = ?'),
  forgetDone: database.prepare(`
    delete from done where key in (select key from done where ended_at <= ? order by ended_at limit ?)`),
  forgetOldestDone: database.prepare(`
    delete from done where key in (select key from done order by ended_at limit ?)`),

  find: {
    job: found(database, 'job'),
    later: found(database, 'later'),
    done: found(database, 'done'),
    dead: found(database, 'dead'),
  },
  page: {
    waiting: [paged(database, 'job', 'and owner is null'), paged(database, 'later', '')],
    running: [paged(database, 'job', 'and owner is not null')],
    done: [paged(database, 'done', '')],
    dead: [paged(database, 'dead', '')],
  },

  onceByKey: database.prepare('select content, numbers, living, ends_at from once where key = ?'),
  addOnce: database.prepare('insert or replace into once values (?, ?, ?, ?, ?, ?)'),
  endOnce: database.prepare(`
    update once set living = living - 1, ends_at = case living when 1 then ? + for_ms end where key = ?`),
  reviveOnce: database.prepare('update once set living = living + 1, ends_at = null where key = ?'),
  forgetOnce: database.prepare(`
    delete from once where key in (select key from once where ends_at <= ? order by ends_at limit ?)`),

  counters: database.prepare('select name, value from counter').raw(),
  count: database.prepare('update counter set value = value + ? where name = ?'),

  addOwner: database.prepare('insert into owner(lock_file) values (?) returning id').raw(),
  hasOwner: database.prepare('select 1 from owner where id = ?'),
  owners: database.prepare('select id, lock_file as lockFile from owner order by id'),
  removeOwner: database.prepare('delete from owner where id = ?'),
  ownedJobs: database.prepare('select * from job where owner = ?'),
  freeJob: database.prepare(
    'update job set owner = null, claim = null, progress = null, run_at = ?, tries = ? where key = ?',
  ),
  removeJob: database.prepare('delete from job where key = ?'),

  recall: database.prepare('select name, value from fact where name >= ? order by name'),
  fact: database.prepare('select value from fact where name = ?').raw(),
  setFact: database.prepare('insert or replace into fact values (?, ?)'),
  countFacts: database.prepare('select count(*) from fact').raw(),
  removeFact: database.prepare('delete from fact where name = ?'),
})

/** The jobs with these keys, which come as one JSON array. */
const found = (database: Database, table: string): Statement =>
  database.prepare(`select * from ${table} where key in (select value from json_each(?))`)

/** The first jobs of a range of keys. */
const paged = (database: Database, table: string, condition: string): Statement =>
  database.prepare(`select * from ${table} where key >= ? and key < ? ${condition} order by key limit ?`)

/** The columns of a job, wherever it is. */
export interface JobRow {
  readonly key: number
  readonly sent_at: number
  readonly run_at: number
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
