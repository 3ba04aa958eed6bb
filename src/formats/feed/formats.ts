import { writeAtom } from './atom.ts'
import type { Feed } from './feed.ts'
import { writeJsonFeed } from './json-feed.ts'
import { writeRss } from './rss.ts'

interface FeedFormat {
  /** The file extension in the addresses of feeds, without the dot. */
  ending: string
  /** The text of links to feeds in this format. */
  name: string
  mediaType: string
  write(feed: Feed): string
}

/** All feed formats. The routes, the links of pages and `feedLinks` follow from this list. */
export const FEED_FORMATS = [
  { ending: 'rss', name: 'RSS', mediaType: 'application/rss+xml', write: writeRss },
  { ending: 'atom', name: 'Atom', mediaType: 'application/atom+xml', write: writeAtom },
  { ending: 'json', name: 'JSON Feed', mediaType: 'application/feed+json', write: writeJsonFeed },
] as const satisfies readonly FeedFormat[]

export type FeedEnding = (typeof FEED_FORMATS)[number]['ending']

/** The `content-type` of a feed. XML needs a charset; JSON is always UTF-8. */
export const feedContentType = ({ mediaType }: FeedFormat): string =>
  mediaType.endsWith('+xml') ? `${mediaType}; charset=utf-8` : mediaType

/** Makes a value for each feed format, keyed by its ending. */
export const forEachFeedFormat = <T>(value: (format: FeedFormat) => T): Record<FeedEnding, T> =>
  Object.fromEntries(FEED_FORMATS.map((format) => [format.ending, value(format)])) as Record<FeedEnding, T>
