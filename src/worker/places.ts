import type { ResolvedTask } from '../attempt/resolved-task.ts'
import type { Room } from '../store/store.ts'

/** One task of a worker, and how many of its jobs are in work. */
export interface TaskPlaces {
  readonly task: ResolvedTask
  inWork: number
}

/** How much a worker may take: the least of its own and the task's free places. */
export class Places {
  readonly #tasks: readonly TaskPlaces[]
  readonly #byName: ReadonlyMap<string, TaskPlaces>
  readonly #concurrency: number
  #inWork = 0
  /** The task that is asked first; the next one at the next claim. */
  #turn = 0

  constructor(tasks: readonly ResolvedTask[], concurrency: number) {
    this.#tasks = tasks.map((task) => ({ task, inWork: 0 }))
    this.#byName = new Map(this.#tasks.map((places) => [places.task.name, places]))
    this.#concurrency = concurrency
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
    const { length } = this.#tasks
    for (let index = 0; index < length; index += 1) {
      const places = this.#tasks[(this.#turn + index) % length] as TaskPlaces
      const free = this.freeOf(places)
      if (free > 0) room.push({ task: places.task.name, places: free })
    }
    this.#turn = (this.#turn + 1) % length
    return room
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
