import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { ORDERS } from './office.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A caller that sends bytes just as they are. */
export class Caller implements AsyncDisposable {
  readonly #socket: Socket
  #received = ''
  /** Resolves when the connection has ended, however. */
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text
    })
    // A connection that is cut while bytes are under way is reset.
    socket.on('error', () => {})
  }

  static async connect(port: number): Promise<Caller> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Caller(socket)
  }

  /** Everything that has come and is no part of an answer that was taken. */
  get received(): string {
    return this.#received
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Says that nothing more will be sent. */
  end(): void {
    this.#socket.end()
  }

  /** The next answer that is final. */
  async answer(): Promise<Answer> {
    for (;;) {
      const answer = this.#take()
      if (answer !== undefined && answer.status >= 200) return answer
      if (answer !== undefined) continue
      if (this.#socket.closed) throw new Error(`closed without an answer, but: ${this.#received}`)
      await this.#change()
    }
  }

  /** Resolves when more has come, or nothing more will. */
  #change(): Promise<unknown> {
    return Promise.race([new Promise((resolve) => this.#socket.once('data', resolve)), this.closed])
  }

  #take(): Answer | undefined {
    const end = this.#received.indexOf('\r\n\r\n')
    if (end === -1) return undefined
    const [line = '', ...lines] = this.#received.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(lines.map((each) => headerOf(each)))
    const length = Number(headers['content-length'] ?? 0)
    const body = this.#received.slice(end + 4, end + 4 + length)
    if (body.length < length) return undefined
    this.#received = this.#received.slice(end + 4 + length)
    return { status: Number(line.split(' ')[1]), headers, body: Buffer.from(body, 'latin1').toString() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    await this.closed
  }
}

function headerOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

export type Bytes = string | Uint8Array
/** A header of undefined is left out; one of several values is sent as often. */
export type HeaderLines = Readonly<Record<string, string | readonly string[] | undefined>>

/** The bytes of an order: JSON, and as long as it says, unless the headers say something else. */
export function requestOf(body: Bytes, headers: HeaderLines = {}): Uint8Array {
  const content = Buffer.from(body)
  const all: HeaderLines = {
    host: 'a',
    'content-type': 'application/json',
    'content-length': `${content.length}`,
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, values = []]) =>
    [values].flat().map((value) => `${name}: ${value}\r\n`),
  )
  return Buffer.concat([Buffer.from(`POST ${ORDERS} HTTP/1.1\r\n${lines.join('')}\r\n`), content])
}

/** The same in chunks; without the last one, more are to come. */
export function chunkedOf(chunks: readonly Bytes[], headers: HeaderLines = {}, isEnded = true): Uint8Array {
  const head = requestOf('', { 'content-length': undefined, 'transfer-encoding': 'chunked', ...headers })
  const parts = chunks.flatMap((chunk) => {
    const bytes = Buffer.from(chunk)
    return [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]
  })
  return Buffer.concat([head, ...parts, Buffer.from(isEnded ? '0\r\n\r\n' : '')])
}
