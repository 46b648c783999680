import { WillcallError } from '../../core/errors.ts'
import { checkedName, isReplayGroup, isReplayTopic } from '../names.ts'

/** Returns the name where a caller's topic can have it: what is replayed belongs to one group. */
export function checkedTopic(name: string): string {
  // That of its dead would be a replay topic.
  if (!isReplayTopic(checkedName('topic', name)) && !name.endsWith('.replay')) return name
  throw refused(
    `the topic ${name} is not for callers: names with .replay. or .replay at the end are those of what replay has brought back`,
    name,
  )
}

/** Returns the name where the members of a group can have it: what a group has replayed is kept under another. */
export function checkedGroup(name: string): string {
  if (!isReplayGroup(checkedName('group', name))) return name
  throw refused(
    `the group ${name} can have no members: names that end in .replay are those of what groups have replayed`,
    name,
  )
}

const refused = (why: string, given: string): WillcallError => new WillcallError('invalid_option', why, { given })
