import type { ResolvedTask } from '../attempt/resolved-task.ts'
import { WillcallError } from '../core/errors.ts'
import type { TaskUpstream } from '../core/upstream.ts'
import type { Room, UpstreamRoom } from '../store/store.ts'

/** One task of a worker, and how many of its jobs are in work. */
export interface TaskPlaces {
  readonly task: ResolvedTask
  /** Whether somebody is asked what became of an attempt that was cut off. */
  readonly mustBeKept: boolean
  inWork: number
}

/** How much a worker may take: the least of its own, the task's and the upstream's free places. */
export class Places {
  /** The upstreams of all tasks. */
  readonly upstreams: readonly TaskUpstream[]
  readonly #tasks: readonly TaskPlaces[]
  readonly #byName: ReadonlyMap<string, TaskPlaces>
  readonly #concurrency: number
  #inWork = 0
  /** The task that is asked first; the next one at the next claim. */
  #turn = 0

  constructor(tasks: readonly ResolvedTask[], concurrency: number) {
    this.#tasks = tasks.map((task) => {
      const mustBeKept = task.definition.reconcile !== undefined
      return { task, mustBeKept, inWork: 0 }
    })
    this.#byName = new Map(this.#tasks.map((places) => [places.task.name, places]))
    this.#concurrency = concurrency
    this.upstreams = upstreamsOf(tasks)
  }

  get free(): number {
    return this.#concurrency - this.#inWork
  }

  freeOf({ task, inWork }: TaskPlaces): number {
    return Math.min(this.free, task.concurrency - inWork)
  }

  of(task: string): TaskPlaces | undefined {
    return this.#byName.get(task)
  }

  room(): readonly Room[] {
    const room: Room[] = []
    const shared = this.upstreams.map((upstream) => ({
      upstream: upstream.name,
      places: upstream.free(),
      rate: upstream.rate,
    }))
    const { length } = this.#tasks
    for (let index = 0; index < length; index += 1) {
      const places = this.#tasks[(this.#turn + index) % length] as TaskPlaces
      const free = this.freeOf(places)
      if (free > 0) addTo(room, places, free, shared)
    }
    this.#turn = (this.#turn + 1) % length
    return room
  }

  /** In how long an upstream may have more room by the passing of time alone. */
  freeInMs(): number {
    let leastMs = Number.POSITIVE_INFINITY
    for (const upstream of this.upstreams) leastMs = Math.min(leastMs, upstream.freeInMs() ?? leastMs)
    return leastMs
  }

  take(name: string): ResolvedTask {
    const places = this.#byName.get(name) as TaskPlaces
    places.inWork += 1
    this.#inWork += 1
    return places.task
  }

  giveBack(name: string): void {
    const places = this.#byName.get(name) as TaskPlaces
    places.inWork -= 1
    this.#inWork -= 1
  }
}

function addTo(room: Room[], { task, mustBeKept }: TaskPlaces, free: number, all: readonly UpstreamRoom[]): void {
  const { name, upstream } = task
  const shared = upstream && all.find((each) => each.upstream === upstream.name)
  if (shared === undefined) room.push({ task: name, places: free, mustBeKept })
  else if (shared.places > 0) room.push({ task: name, places: Math.min(free, shared.places), shared, mustBeKept })
}

/** Each once. Two of one name would share their room, and one of them has none. */
function upstreamsOf(tasks: readonly ResolvedTask[]): readonly TaskUpstream[] {
  const byName = new Map<string, TaskUpstream>()
  for (const { upstream } of tasks) {
    if (upstream === undefined) continue
    if ((byName.get(upstream.name) ?? upstream) !== upstream) {
      const why = `two upstreams of one worker cannot have the same name, got ${upstream.name} twice`
      throw new WillcallError('invalid_option', why, { given: upstream.name })
    }
    byName.set(upstream.name, upstream)
  }
  return [...byName.values()]
}
