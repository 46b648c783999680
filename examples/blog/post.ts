/** A post as its author sends it. */
export interface Post {
  readonly id: string
  readonly author: string
  readonly title: string
}
