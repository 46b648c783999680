/** Where publishers are known by ISBN. */
export interface Gateway {
  /** The names of those who published the edition, none of them empty; rejects where the gateway fails. */
  publishersOf(isbn: string, options: { readonly signal: AbortSignal }): Promise<readonly string[]>
}
