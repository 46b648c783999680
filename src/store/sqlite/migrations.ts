/** `PRAGMA application_id` of our files: "will" in ASCII. */
export const APPLICATION_ID = 0x77696c6c

/**
 * What makes a file of version n one of version n + 1, the first from nothing. Never changed once it was released.
 *
 * The key of a job is its lane × 2^39 + its number: a lane is a task and a priority, so that the key alone is the order in which a
 * lane's jobs run, and no index has to be kept for it. Jobs that are not due lie in `later`, else every claim would walk over them.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table file(
    name text not null,
    last_number integer not null,
    writes integer not null
  );
  insert into file values (lower(hex(randomblob(8))), 999, 0);

  create table lane(
    id integer primary key,
    task text not null,
    priority integer not null,
    unique (task, priority)
  );

  create table job(
    key integer primary key,
    sent_at integer not null,
    run_at integer not null,
    tries text,
    owner integer,
    payload text not null
  );
  create index job_owner on job(owner) where owner is not null;

  create table later(
    key integer primary key,
    sent_at integer not null,
    run_at integer not null,
    tries text,
    payload text not null
  );
  create index later_run_at on later(run_at);

  create table done(
    number integer primary key,
    lane integer not null,
    sent_at integer not null,
    run_at integer not null,
    ended_at integer not null,
    tries text,
    payload text not null,
    result text
  );
  create index done_ended_at on done(ended_at);

  create table dead(
    number integer primary key,
    lane integer not null,
    sent_at integer not null,
    run_at integer not null,
    ended_at integer not null,
    tries text not null,
    payload text not null,
    reason text not null,
    error text not null
  );

  create table owner(
    id integer primary key autoincrement,
    lock_file text not null,
    flight blob
  );

  create table once(
    key text primary key,
    content text not null,
    numbers text not null,
    for_ms integer not null,
    living integer not null,
    forget_at integer
  ) without rowid;
  create index once_forget_at on once(forget_at) where forget_at is not null;

  create table fact(
    name text primary key,
    value text not null
  ) without rowid;

  create table counter(
    name text primary key,
    value integer not null
  ) without rowid;
  `,
]
