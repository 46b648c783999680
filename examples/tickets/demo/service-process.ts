import { type Child, type ChildOptions, startChild } from '../../shared/child.ts'

/** A service that has not ended this long after SIGTERM is killed: nothing here is worth waiting for. */
const STOP_MS = 5_000

export type ServiceProcessOptions = Required<Pick<ChildOptions, 'env' | 'onComplaint'>>

/** The service in a process of its own. After each kill another one works on with what that has left. */
export class ServiceProcess implements AsyncDisposable {
  readonly #options: ServiceProcessOptions
  readonly #ended = Promise.withResolvers<string>()
  readonly #killed = new WeakSet<Child>()
  /** The last one, once it listens. */
  #child: Promise<Child>

  constructor(options: ServiceProcessOptions) {
    this.#options = options
    this.#child = this.#start()
  }

  /** Where it listens, once it does. */
  async url(): Promise<string> {
    return (await this.#child).url
  }

  /** Resolves when it has ended although nobody killed it, with how: `exit code 1`. */
  get ended(): Promise<string> {
    return this.#ended.promise
  }

  /** Kills it in the middle of its work, and resolves once the next one listens. */
  async kill(): Promise<void> {
    this.#child = this.#child.then(async (child) => {
      this.#killed.add(child)
      await child.kill()
      return this.#start()
    })
    await this.#child
  }

  async #start(): Promise<Child> {
    const child = await startChild({
      name: 'the service',
      main: new URL('../main.ts', import.meta.url),
      stopMs: STOP_MS,
      ...this.#options,
    })
    void child.ended.then((how) => {
      if (!this.#killed.has(child)) this.#ended.resolve(how)
    })
    return child
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = await this.#child.catch(() => undefined)
    await child?.stop()
  }
}
