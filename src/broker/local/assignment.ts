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
  readonly ofTopic: Map<number, number>
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
  const holders = new Map<Assignable, Share>()
  const give = (partition: Assignable, share: Share): void => {
    const before = holders.get(partition)
    if (before !== undefined) count(before, partition, -1)
    count(share, partition, 1)
    holders.set(partition, share)
  }
  for (const partition of sorted) {
    const share = partition.holder === undefined ? undefined : byId.get(partition.holder)
    if (share !== undefined && share.member.topics.has(partition.topic)) give(partition, share)
  }
  for (const partition of sorted) {
    if (holders.has(partition)) continue
    const share = leastFor(partition, shares)
    if (share !== undefined) give(partition, share)
  }
  for (let move = nextMove(holders, shares); move !== undefined; move = nextMove(holders, shares)) give(...move)
  return new Map([...holders].map(([{ id }, { member }]) => [id, member.id]))
}

function count(share: Share, { topic }: Assignable, change: 1 | -1): void {
  share.size += change
  share.ofTopic.set(topic, ofTopic(share, topic) + change)
}

const ofTopic = (share: Share, topic: number): number => share.ofTopic.get(topic) ?? 0

/** Who has least, and of those who has least of its topic. */
function leastFor({ topic }: Assignable, shares: readonly Share[]): Share | undefined {
  let least: Share | undefined
  for (const share of shares) {
    if (!share.member.topics.has(topic)) continue
    const more = least === undefined ? -1 : share.size - least.size || ofTopic(share, topic) - ofTopic(least, topic)
    if (more < 0) least = share
  }
  return least
}

/** The partition by which most is evened out, first all in all, then in its topic. */
function nextMove(
  holders: ReadonlyMap<Assignable, Share>,
  shares: readonly Share[],
): [partition: Assignable, to: Share] | undefined {
  let best: [Assignable, Share] | undefined
  let bestBy = 1
  let bestOfTopic = Number.NEGATIVE_INFINITY
  const leastOf = new Map<number, Share | undefined>()
  for (const [partition, from] of holders) {
    const { topic } = partition
    if (!leastOf.has(topic)) leastOf.set(topic, leastFor(partition, shares))
    const to = leastOf.get(topic)
    if (to === undefined) continue
    const by = from.size - to.size
    const byOfTopic = ofTopic(from, topic) - ofTopic(to, topic)
    if (by < bestBy || by < 2 || (by === bestBy && byOfTopic < bestOfTopic)) continue
    best = [partition, to]
    bestBy = by
    bestOfTopic = byOfTopic
  }
  return best
}
