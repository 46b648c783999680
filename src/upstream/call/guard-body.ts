/** What is told of a body. What its reads throw is what these return. */
export interface BodyReads {
  read(): void
  broke(error: unknown): unknown
  wasNoJson(text: string): unknown
}

/** Answers without a body: there is no JSON in them, and none was meant. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205])

const guards = new WeakMap<Response, BodyReads>()

/** Who is told of this response's body. */
export const readsOf = (response: Response): BodyReads | undefined => guards.get(response)

/** The same response; `reads` is told of its body, and of that of its clones. Its stream, `body`, is read as ever. */
export function guardBody(response: Response, reads: BodyReads): Response {
  const { arrayBuffer, blob, bytes, clone, formData, text } = response
  const guarded = <Value>(read: () => Promise<Value>) => {
    return async (): Promise<Value> => {
      // To read it twice is not the API's fault.
      if (response.bodyUsed || response.body?.locked === true) return await read.call(response)
      const value = await read.call(response).catch((error: unknown) => {
        throw reads.broke(error)
      })
      reads.read()
      return value
    }
  }
  const readText = guarded(text)
  guards.set(response, reads)
  return Object.assign(response, {
    arrayBuffer: guarded(arrayBuffer),
    blob: guarded(blob),
    bytes: guarded(bytes),
    clone: () => guardBody(clone.call(response), reads),
    formData: guarded(formData),
    json: async () => await parsed(await readText(), response, reads),
    text: readText,
  })
}

/** What `parse` makes of a body; without one, as JSON, undefined where the answer says by its status that it has none. */
export async function parsed(
  text: string,
  { status }: Response,
  reads: BodyReads,
  parse?: (text: string) => unknown,
): Promise<unknown> {
  if (parse === undefined && text === '' && WITHOUT_BODY.has(status)) return undefined
  try {
    return await (parse ?? JSON.parse)(text)
  } catch (error) {
    throw error instanceof SyntaxError ? reads.wasNoJson(text) : error
  }
}
