/**
 * What an item of `/feeds/papers.json` says beside what JSON Feed has a place for, under the key `_daily_papers`. The
 * custom element of `/embed.js` reads it: a field may be added, but none may change or go.
 */
export interface JsonFeedExtension {
  /** The `id` of the paper in GraphQL, to subscribe to its vote count. */
  id: string
  voteCount: number
  commentCount: number
  /** The name of the organization in full. */
  organization: string | null
  /** The day of the edition that the paper is in, `YYYY-MM-DD`. */
  listedOn: string | null
}
