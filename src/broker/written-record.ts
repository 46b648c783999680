/** A record as it is kept: checked, and no more the caller's. */
export interface WrittenRecord {
  readonly key: string | undefined
  /** As JSON. */
  readonly payload: string
  /** As a JSON object of texts; undefined where there are none. */
  readonly headers: string | undefined
  /** What was asked for; else it goes by the key. */
  readonly partition: number | undefined
  /** Of the key, the payload and the headers, in UTF-8. */
  readonly bytes: number
}
