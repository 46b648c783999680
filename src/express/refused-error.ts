import { type ErrorDetails, WillcallError } from '../core/errors.ts'
import { wholeNumber } from '../core/option.ts'

export interface RefusedDetails extends ErrorDetails {
  /** The status of the answer, 400 to 499. Default 400. */
  readonly status?: number
}

/**
 * Thrown by `messages`: the order cannot be taken, and it is the caller who must change it. Nothing is kept, and the message
 * is told to the caller.
 */
export class RefusedError extends WillcallError {
  override readonly name = 'RefusedError'
  readonly status: number

  constructor(message: string, { status = 400, ...details }: RefusedDetails = {}) {
    super('refused', message, details)
    this.status = wholeNumber('status', status, 400, 499)
  }
}
