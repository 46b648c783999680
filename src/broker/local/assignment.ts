/** Whom a partition may be given to. */
export interface Candidate {
  readonly id: number
  /** The topics that it subscribes to. */
  readonly topics: ReadonlySet<number>
}

export interface Assignable {
  readonly id: number
  readonly topic: number
  /** A living member that has it now. */
  readonly holder: number | undefined
}

/** A member and what it is to hold. */
interface Share {
  readonly member: Candidate
  size: number
  /** By topic; none where it has none of it. */
  readonly ofTopic: Map<number, Assignable[]>
}

/**
 * The member that each partition is to have; those that nobody subscribes to are left out. The same for the same facts, in
 * whatever order they come, so that all members agree without being told.
 * 1. Whoever may have one more has one at most that another may have less. 2. Nothing moves that need not for this.
 */
export function assignment(
  members: readonly Candidate[],
  partitions: readonly Assignable[],
): ReadonlyMap<number, number> {
  const shares = members
    .toSorted((a, b) => a.id - b.id)
    .map((member): Share => ({ member, size: 0, ofTopic: new Map() }))
  const byId = new Map(shares.map((share) => [share.member.id, share]))
  const sorted = partitions.toSorted((a, b) => a.id - b.id)
  const free = sorted.filter((partition) => {
    const share = partition.holder === undefined ? undefined : byId.get(partition.holder)
    if (share === undefined || !share.member.topics.has(partition.topic)) return true
    give(share, partition)
    return false
  })
  for (const partition of free) {
    const share = leastFor(partition.topic, shares)
    if (share !== undefined) give(share, partition)
  }
  for (let move = nextMove(shares); move !== undefined; move = nextMove(shares)) {
    const { from, to, topic } = move
    const partition = takeLast(from, topic)
    if (partition !== undefined) give(to, partition)
  }
  return new Map(
    shares.flatMap(({ member, ofTopic }) => [...ofTopic.values()].flat().map(({ id }) => [id, member.id] as const)),
  )
}

function give(share: Share, partition: Assignable): void {
  const { topic } = partition
  const those = share.ofTopic.get(topic)
  if (those === undefined) share.ofTopic.set(topic, [partition])
  else those.push(partition)
  share.size += 1
}

function takeLast(share: Share, topic: number): Assignable | undefined {
  const those = share.ofTopic.get(topic)
  const last = those?.pop()
  if (those?.length === 0) share.ofTopic.delete(topic)
  share.size -= 1
  return last
}

const ofTopic = (share: Share, topic: number): number => share.ofTopic.get(topic)?.length ?? 0

/** Who has least, and of those who has least of its topic. */
function leastFor(topic: number, shares: readonly Share[]): Share | undefined {
  let least: Share | undefined
  for (const share of shares) {
    if (!share.member.topics.has(topic)) continue
    const more = least === undefined ? -1 : share.size - least.size || ofTopic(share, topic) - ofTopic(least, topic)
    if (more < 0) least = share
  }
  return least
}

/** A partition of the topic goes from one to another. */
interface Move {
  readonly from: Share
  readonly to: Share
  readonly topic: number
}

/** The one by which most is evened out, first all in all, then in its topic. */
function nextMove(shares: readonly Share[]): Move | undefined {
  let best: Move | undefined
  let bestBy = 2
  let bestOfTopic = Number.NEGATIVE_INFINITY
  const leastOf = new Map<number, Share | undefined>()
  for (const from of shares) {
    for (const [topic, { length }] of from.ofTopic) {
      if (!leastOf.has(topic)) leastOf.set(topic, leastFor(topic, shares))
      const to = leastOf.get(topic)
      if (to === undefined) continue
      const by = from.size - to.size
      const byOfTopic = length - ofTopic(to, topic)
      if (by < bestBy || (by === bestBy && byOfTopic <= bestOfTopic)) continue
      best = { from, to, topic }
      bestBy = by
      bestOfTopic = byOfTopic
    }
  }
  return best
}
