import { hash } from 'node:crypto'
import { feed, parseFeedItem } from '../sources/feed.ts'
import { parseItems } from './parse-items.ts'
import { type RemoteSource, readRecords } from './remote-source.ts'
import { weekdaysBetween } from './weekdays.ts'

/** In milliseconds, between two requests to one host. */
const PAUSE = 1_000
/** In milliseconds. */
const INTERVAL = 3_600_000

interface FeedCursor {
  /** Of the last response, for servers that support conditional requests. */
  etag: string | null
  lastModified: string | null
  /** Of its content, for those that do not. */
  sha256: string
  newestOn: string | null
  newestId: string | null
  quietWeekdays: number
}

/** Any feed in RSS, Atom or JSON Feed. */
export const feedOf = (address: string): RemoteSource<FeedCursor> => ({
  interval: INTERVAL,
  async run(cursor, run) {
    const headers = {
      accept: 'application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8',
      ...(cursor?.etag ? { 'if-none-match': cursor.etag } : {}),
      ...(cursor?.lastModified ? { 'if-modified-since': cursor.lastModified } : {}),
    }
    const pace = { name: new URL(address).host, pause: PAUSE }
    const read = await run.get(address, { pace, headers }, async ({ isUnchanged, bytes, headers }) => {
      const sha256 = hash('sha256', bytes)
      const validators = { etag: headers.get('etag'), lastModified: headers.get('last-modified'), sha256 }
      const isKnown = cursor !== null && (isUnchanged || sha256 === cursor.sha256)
      if (isKnown) return { unchanged: isUnchanged ? cursor : { ...cursor, ...validators } }
      return { unchanged: null, validators, list: await readRecords(feed, address, bytes) }
    })
    if (read.unchanged !== null) {
      await run.keep(read.unchanged)
      return read.unchanged
    }
    const items = parseItems(read.list, address, parseFeedItem, run.report)
    await run.save(items)
    const entries = items
      .flatMap(({ entry }) => ('withdrawn' in entry ? [] : [entry]))
      .map(({ asOf, publishedAt, arxivId, doi, identifiers }) => ({
        day: (asOf > publishedAt ? asOf : publishedAt).slice(0, 10),
        id: arxivId ?? doi ?? identifiers[0]?.value ?? null,
      }))
      .sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0))
    const [newest] = entries
    const seen = {
      newestOn: newest?.day ?? null,
      newestId: newest?.id ?? null,
      quietWeekdays: longestPause(entries.map(({ day }) => day)),
    }
    await run.keep({ ...read.validators, ...seen })
    return seen
  },
})

/** The most weekdays between two entries of the feed. Some feeds have entries every day, others once a month. */
const longestPause = (newestFirst: readonly string[]): number =>
  newestFirst.reduce((longest, day, place) => Math.max(longest, weekdaysBetween(newestFirst[place + 1] ?? day, day)), 0)
