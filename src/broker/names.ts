import { WillcallError } from '../core/errors.ts'

/** As Kafka has it for topics. */
const MAX_NAME = 249
const NAME = /^[A-Za-z0-9._-]+$/

/** Where the dead records of a topic are kept. */
export const deadTopicOf = (topic: string): string => `${topic}.dead`
/** Where what a group replays of a topic is kept: no other group reads it. */
export const replayTopicOf = (topic: string, group: string): string => `${topic}.replay.${group}`
export const isReplayTopic = (topic: string): boolean => topic.includes('.replay.')
/** The group whose offset in the dead topic tells what this one has replayed. */
export const replayGroupOf = (group: string): string => `${group}.replay`
export const isReplayGroup = (group: string): boolean => group.endsWith('.replay')

/** Returns the name where it can be that of a topic or a group. */
export function checkedName(what: 'topic' | 'group', name: string): string {
  if (typeof name === 'string' && name.length <= MAX_NAME && NAME.test(name) && name !== '.' && name !== '..')
    return name
  const given = typeof name === 'string' ? JSON.stringify(name.slice(0, 100)) : typeof name
  const why = `the name of a ${what} must be 1 to ${MAX_NAME} letters, digits, dots, underscores or hyphens, got ${given}`
  throw new WillcallError('invalid_option', why, { given: name })
}
