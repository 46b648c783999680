import { type Issue, issueText, PayloadError, WillcallError } from './errors.ts'

/** What Zod, Valibot, ArkType and others all offer; see standardschema.dev, version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Issues named in one message; the error carries all of them. */
const MAX_NAMED = 5

/** The schema's output, or a `PayloadError` that lists every issue. A promise where the schema is asynchronous. */
export function validate<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
): Output | Promise<Output> {
  const result = schema['~standard'].validate(value)
  if ('then' in result) return Promise.resolve(result).then((late) => outputOf(late, value, what))
  return outputOf(result, value, what)
}

/** As `validate`, where nobody can wait: an asynchronous schema is refused. */
export function validateNow<Output>(schema: StandardSchema<unknown, Output>, value: unknown, what: string): Output {
  const output = validate(schema, value, what)
  if (!(output instanceof Promise)) return output
  output.catch(() => {})
  throw new WillcallError('async_schema', `${what} cannot be checked at once: its schema is asynchronous`, {
    given: value,
  })
}

function outputOf<Output>(result: StandardResult<Output>, value: unknown, what: string): Output {
  if (result.issues === undefined) return result.value
  const issues = result.issues.map(issueOf)
  const named = issues.slice(0, MAX_NAMED).map(issueText)
  const more = issues.length > MAX_NAMED ? ` (and ${issues.length - MAX_NAMED} more)` : ''
  throw new PayloadError(`${what} does not fit its schema: ${named.join('; ')}${more}`, issues, value)
}

const issueOf = ({ message, path = [] }: StandardIssue): Issue => ({
  message,
  path: path.map((step) => (typeof step === 'object' ? step.key : step)),
})
