import { kill, pid } from 'node:process'
import { textIn, wholeIn } from '../../shared/environment.ts'
import type { Post } from '../post.ts'

/** Most writes for one post: its row and three messages. */
const MAX_WRITES = 4

/**
 * Called after each write for a post; kills this process, as `kill -9` does, after the write of the post that `DIES_AT` and
 * `DIES_AFTER` (1 for the first) name. Without them it never does.
 */
export function fateOf(env: NodeJS.ProcessEnv): (post: Post) => void {
  const diesAt = textIn(env, 'DIES_AT')
  const diesAfter = wholeIn(env, 'DIES_AFTER', 1, MAX_WRITES)
  let writes = 0
  return ({ id }) => {
    if (id !== diesAt) return
    writes += 1
    if (writes === diesAfter) kill(pid, 'SIGKILL')
  }
}
