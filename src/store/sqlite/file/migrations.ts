/** `PRAGMA application_id` of our files: "will" in ASCII. */
export const APPLICATION_ID = 0x77696c6c

/**
 * What makes a file of version n one of version n + 1, the first from nothing. Never changed once it was released.
 *
 * The key of a job is in keys.ts. A job is in one of four tables: due or running in `job`, not due in `later`, and `done` or `dead`.
 * What is not due is not in `job`, else every claim would walk over it. What was done in one turn is one row of `done`: with a row
 * for each job, keeping them took longer than all else.
 *
 * The partitions of a topic are numbered from `first_partition` on; the key of a record is in src/broker/local/keys.ts. Without a
 * `retention` records are never deleted. The `version` of a group changes with its members, and where one of them stops or lets go.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table willcall_file(
    name text not null,
    last_number integer not null,
    waiting integer not null,
    running integer not null,
    done integer not null,
    done_bytes integer not null,
    dead integer not null,
    once integer not null,
    writes integer not null
  );
  insert into willcall_file values (lower(hex(randomblob(8))), 999, 0, 0, 0, 0, 0, 0, 0);

  create table willcall_task(
    id integer primary key,
    name text not null unique
  );

  create table willcall_job(
    key integer primary key,
    sent_at integer not null,
    run_at integer not null,
    deaths integer not null,
    tries text,
    once text,
    owner integer,
    progress real,
    payload text not null
  );
  create index willcall_job_owner on willcall_job(owner) where owner is not null;
  create index willcall_job_died on willcall_job(key) where deaths > 0;

  create table willcall_later(
    key integer primary key,
    sent_at integer not null,
    run_at integer not null,
    deaths integer not null,
    tries text,
    once text,
    payload text not null
  );
  create index willcall_later_run_at on willcall_later(run_at);

  create table willcall_done(
    id integer primary key,
    ended_at integer not null,
    first integer not null,
    last integer not null,
    count integer not null,
    bytes integer not null,
    jobs text not null
  );

  create table willcall_dead(
    key integer primary key,
    sent_at integer not null,
    run_at integer not null,
    deaths integer not null,
    tries text,
    once text,
    payload text not null,
    ended_at integer not null,
    reason text not null,
    error text not null
  );

  create table willcall_owner(
    id integer primary key autoincrement,
    lock_file text not null
  );

  create table willcall_upstream(
    id integer primary key,
    name text not null unique,
    calls integer not null
  );

  create table willcall_upstream_call(
    id integer primary key autoincrement,
    upstream integer not null,
    until integer not null
  );
  create index willcall_upstream_call_until on willcall_upstream_call(upstream, until);

  create table willcall_once(
    key text primary key,
    content text not null,
    numbers text not null,
    for_ms integer not null,
    living integer not null,
    ends_at integer
  ) without rowid;
  create index willcall_once_ends_at on willcall_once(ends_at) where ends_at is not null;

  create table willcall_fact(
    name text primary key,
    value text not null
  ) without rowid;
  `,
  `
  create table willcall_topic(
    id integer primary key,
    name text not null unique,
    first_partition integer not null unique,
    partitions integer not null,
    retention_ms integer,
    retention_bytes integer,
    strict integer not null
  );

  create table willcall_partition(
    id integer primary key,
    first integer not null,
    next integer not null,
    bytes integer not null,
    last_at integer not null
  );

  create table willcall_record(
    key integer primary key,
    at integer not null,
    record_key text,
    headers text,
    payload text not null
  );

  create table willcall_group(
    id integer primary key autoincrement,
    name text not null unique,
    version integer not null
  );

  create table willcall_member(
    id integer primary key autoincrement,
    group_id integer not null,
    owner integer not null,
    topics text not null,
    stops integer not null
  );
  create index willcall_member_group on willcall_member(group_id);

  create table willcall_position(
    group_id integer not null,
    partition integer not null,
    member integer,
    offset integer not null,
    above text not null,
    primary key(group_id, partition)
  ) without rowid;
  create index willcall_position_partition on willcall_position(partition);
  `,
]
