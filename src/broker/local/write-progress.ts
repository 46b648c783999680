import type { Progress } from '../membership.ts'
import { progressFrom } from '../subscription/progress-of.ts'
import type { TopicStatements } from './statements.ts'

/** The row of a position, as a member writes it. */
export interface Place {
  readonly group: number
  readonly member: number
  /** By number in the file. */
  readonly partition: number
}

/** Within a transaction. False where the member does not have the partition. Progress never goes back. */
export function writeProgress(statements: TopicStatements, place: Place, progress: Progress): boolean {
  const { group, member, partition } = place
  const write = ({ offset, above }: Progress): boolean =>
    statements.commit.run(offset, above, group, partition, member, offset).changes > 0
  if (write(progress)) return true
  if (statements.isHeld.get(group, partition, member) === undefined) return false
  // Retention has moved the group on: what is done after that must not be forgotten.
  const { offset } = statements.position.get(group, partition) as Progress
  return write(progressFrom(offset, progress))
}
