/**
 * The API of the blog: `POST /posts` on `PORT`, with its posts and messages in `DATABASE`, sent the way that `WAY` names. Prints one
 * line, `listening on http://127.0.0.1:<port>`, and ends on SIGTERM with exit code 0; `DIES_AT` and `DIES_AFTER` end it sooner.
 */
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { errorText, systemClock } from '../../../src/index.ts'
import { openSqlite } from '../../../src/sqlite.ts'
import { textIn, wholeIn } from '../../shared/environment.ts'
import { startServer } from '../../shared/server.ts'
import { stopSignal } from '../../shared/stop-signal.ts'
import { Blog } from '../blog.ts'
import { isWayName, ways } from '../ways/ways.ts'
import { blogApp } from './app.ts'
import { fateOf } from './fate.ts'

const DEFAULT_PORT = 8080
const MAX_PORT = 65_535

const stop = stopSignal(process.env)
try {
  const way = textIn(process.env, 'WAY') ?? 'oneTopic'
  if (!isWayName(way)) throw new TypeError(`WAY must be one of ${Object.keys(ways).join(', ')}, got ${way}`)
  const port = wholeIn(process.env, 'PORT', 0, MAX_PORT) ?? DEFAULT_PORT
  const path = textIn(process.env, 'DATABASE') ?? 'blog.db'
  await using store = openSqlite(path)
  using blog = new Blog(path)
  const publish = await ways[way].publisher({ store, blog, written: fateOf(process.env) })
  const server = await startServer(blogApp(publish), port, systemClock)
  console.log(`listening on ${server.url}`)
  // With NODE_COMPILE_CACHE what was compiled is written at the end; one that is killed has none.
  flushCompileCache()
  if (!stop.aborted) await once(stop, 'abort')
  await server.close()
} catch (error) {
  console.error(errorText(error))
  process.exitCode = 1
}
