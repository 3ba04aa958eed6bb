import { writeAtom } from './atom.ts'
import type { Feed } from './feed.ts'
import { writeJsonFeed } from './json-feed.ts'
import { writeRss } from './rss.ts'

interface FeedFormat {
  /** The file extension in the addresses of feeds, without the dot, and the name of the GraphQL field with the address. */
  extension: string
  /** The text of links to feeds in this format. */
  name: string
  /** The format with its version. */
  standard: string
  mediaType: string
  write(feed: Feed): string
}

/** All feed formats. The routes, the links of pages and the fields of `FeedLinks` in GraphQL derive from this list. */
export const FEED_FORMATS = [
  { extension: 'rss', name: 'RSS', standard: 'RSS 2.0', mediaType: 'application/rss+xml', write: writeRss },
  { extension: 'atom', name: 'Atom', standard: 'Atom 1.0', mediaType: 'application/atom+xml', write: writeAtom },
  {
    extension: 'json',
    name: 'JSON Feed',
    standard: 'JSON Feed 1.1',
    mediaType: 'application/feed+json',
    write: writeJsonFeed,
  },
] as const satisfies readonly FeedFormat[]

export type FeedExtension = (typeof FEED_FORMATS)[number]['extension']

/** The `content-type` of a feed. XML needs a charset; JSON is always UTF-8. */
export const feedContentType = ({ mediaType }: FeedFormat): string =>
  mediaType.endsWith('+xml') ? `${mediaType}; charset=utf-8` : mediaType

/** Makes a value for each feed format, keyed by its extension. */
export const forEachFeedFormat = <T>(
  value: (format: FeedFormat & { extension: FeedExtension }) => T,
): Record<FeedExtension, T> =>
  Object.fromEntries(FEED_FORMATS.map((format) => [format.extension, value(format)])) as Record<FeedExtension, T>
