import type { Reply } from './failure.ts'

/** The API will not do what a call asks for, however often it is sent: a status of 400 to 499, and why. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number

  constructor(why: string, status = 400) {
    super(why)
    this.status = status
  }

  get reply(): Reply {
    return { status: this.status, body: { error: this.message } }
  }
}
