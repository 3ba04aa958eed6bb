/**
 * The fields of an item that JSON Feed does not define, under the key `_daily_papers`. The custom element of `/embed.js`
 * reads them: fields may be added, but none may be changed or removed.
 */
export interface JsonFeedExtension {
  /** The `id` of the paper in GraphQL, to subscribe to its vote count. */
  id: string
  voteCount: number
  commentCount: number
  /** The full name of the organization. */
  organization: string | null
  /** The day of the paper's edition, `YYYY-MM-DD`. */
  listedOn: string | null
  githubStars: number | null
  /** The addresses of pictures on this server, as WebP: the thumbnail in two sizes, and the logo of the organization. */
  thumbnail: { small: string; large: string } | null
  logo: string | null
  /** Who put the paper on the list, with the address of a picture. */
  submitter: { name: string; avatar: string | null } | null
  /** PDF, code and project page, as far as there are any. */
  links: { label: string; url: string }[]
}

/** The edition of a feed, under the same key of the feed itself, with what the element needs to show those before and after. */
export interface JsonFeedEdition {
  /** Its name for the parameter `edition`. */
  name: string
  title: string
  /** Whether all its papers have one date. */
  isDay: boolean
  /** The names of the editions before and after; null if there is none. */
  previous: string | null
  next: string | null
}
