import { FreshFolder } from './fresh-folder.ts'
import { Postgres } from './postgres.ts'
import { Redis, type RedisSync } from './redis.ts'

/** Where a subject keeps its messages; the servers are fresh, and listen where the subject needs them. */
export interface Place {
  /** An empty folder on a disk. */
  readonly folder: string
  readonly redisPort?: number
  readonly postgresUrl?: string
}

/** What a subject needs, but an empty folder. */
export interface Needs {
  readonly redis?: RedisSync
  readonly postgres?: true
}

/** What is installed here, for the head of a table; undefined where it is not. */
export interface Installed {
  readonly redis: string | undefined
  readonly postgres: string | undefined
}

export async function installed(): Promise<Installed> {
  const [redis, postgres] = await Promise.all([Redis.installed(), Postgres.installed()])
  return { redis, postgres }
}

/** The program that is missing; undefined where nothing is. */
export function missing(
  { redis, postgres }: Needs,
  { redis: redisVersion, postgres: postgresVersion }: Installed,
): string | undefined {
  if (redis !== undefined && redisVersion === undefined) return 'redis-server'
  return postgres && postgresVersion === undefined ? 'postgres' : undefined
}

/** Calls with a place of which nothing is left afterwards. */
export async function inPlace<Result>(
  { redis, postgres }: Needs,
  use: (place: Place) => Promise<Result>,
): Promise<Result> {
  await using folder = await FreshFolder.make()
  await using redisServer = redis && (await Redis.start(redis))
  await using postgresServer = postgres && (await Postgres.start())
  return await use({
    folder: folder.path,
    ...(redisServer && { redisPort: redisServer.port }),
    ...(postgresServer && { postgresUrl: postgresServer.url }),
  })
}

/** The servers, for the head of a table. */
export function serversOf({ redis, postgres }: Installed): string {
  const told = (name: string, version: string | undefined): string =>
    version === undefined ? `${name} is not installed` : `${name} ${version}`
  return `${told('Redis', redis)}, ${told('PostgreSQL', postgres)}`
}
