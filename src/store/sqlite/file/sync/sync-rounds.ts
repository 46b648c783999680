/**
 * Lets an act that brings something to an end be shared by all who wait for it.
 * 1. A round covers what was there before it began, and nothing else. 2. At most one is under way; all who come meanwhile share
 * the next, however that one ends.
 */
export class SyncRounds<Value> {
  readonly #round: () => Promise<Value>
  #running: Promise<Value> | undefined
  #next: Promise<Value> | undefined

  constructor(round: () => Promise<Value>) {
    this.#round = round
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Ends as the first round that begins from now on does. */
  next(): Promise<Value> {
    if (this.#next !== undefined) return this.#next
    if (this.#running === undefined) return this.#run()
    const run = (): Promise<Value> => this.#run()
    this.#next = this.#running.then(run, run)
    return this.#next
  }

  #run(): Promise<Value> {
    this.#next = undefined
    const running = this.#round().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  /** Resolves once none is under way of those that were asked for, however they ended. */
  async ended(): Promise<void> {
    await (this.#next ?? this.#running)?.catch(() => {})
  }
}
