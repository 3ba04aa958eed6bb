import { LONGEST_FEED_PATH } from '../../deliveries/websub-feeds.ts'
import { type Feed, fingerprintOf, latestUpdate } from '../../formats/feed/feed.ts'
import { FEED_FORMATS, type FeedExtension, feedContentType, forEachFeedFormat } from '../../formats/feed/formats.ts'
import { AFTER, readParameters } from '../../formats/parameters.ts'
import { EDITION_ORDERS } from '../../lists/editions.ts'
import { encodeCursor } from '../../lists/page.ts'
import { dayAfter, dayOpensAt, editionDay, editionOf } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { errorJson, plainText } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'
import { addressOf, FEED_LISTS, type FeedList, NO_LIST } from './feed-lists.ts'
import { EDITIONS, PERIODS, type PeriodName, readEditions, readPapers } from './feed-queries.ts'
import { PRIVATE, type Route, type RouteRefusal, type RouteRequest } from './route.ts'

// Lists for feed readers.

const FORMATS = forEachFeedFormat((format) => ({ contentType: feedContentType(format), write: format.write }))

/** The end of a feed's path: a dot and the extension of a format. */
const EXTENSION = `\\.(?<format>${FEED_FORMATS.map(({ extension }) => extension).join('|')})`

interface FeedFamily {
  name: string
  path: RegExp
  /** @throws BadUserInput for a wrong parameter */
  parse(request: RouteRequest, parts: ServerParts): FeedRequest
}

const FEEDS: readonly FeedFamily[] = [
  {
    name: 'feed-editions',
    path: new RegExp(`^/feeds/editions/(?<period>day|week|month)${EXTENSION}$`),
    parse: editionsFeed,
  },
  ...FEED_LISTS.map(({ name, path, parse }) => ({
    name: `feed-${name}`,
    path: new RegExp(`^${path}${EXTENSION}$`),
    parse: (request: RouteRequest) => feedOfList(parse(request), formatOf(request.match)),
  })),
]

export const FEED_ROUTES: readonly Route[] = FEEDS.map(feedRoute)

/** What entries the feed at a path has now, for the WebSub hub; null if there is no feed any more. */
export async function feedFingerprint(parts: ServerParts, path: string): Promise<string | null> {
  const url = new URL(path, 'http://localhost')
  for (const { path: form, parse } of FEEDS) {
    const match = form.exec(url.pathname)
    if (match === null) continue
    try {
      const content = await parse({ url, match, accept: undefined }, parts).read(parts)
      return content && fingerprintOf(content.items)
    } catch (error) {
      // A parameter that is not valid any more.
      if (error instanceof BadUserInput) return null
      throw error
    }
  }
  return null
}

/** A parsed request for a feed. */
interface FeedRequest extends Omit<FeedList, 'read'> {
  format: FeedExtension
  /** The content of the feed; null if there is no feed at the address. */
  read(parts: ServerParts): Promise<FeedContent | null>
}

type FeedContent = Omit<Feed, 'self' | 'first' | 'next' | 'hub' | 'about' | 'updated' | 'edition'> &
  Partial<Pick<Feed, 'edition'>> & { endCursor: string | null }

/** The date of a feed without dated entries: the start of its edition or of the open day, so that it changes once a day. */
function dateOfEmptyFeed({ clock }: ServerParts, startsOn: string | null): string {
  const today = dayOpensAt(clock, editionDay(clock, clock.now())).toISOString()
  const first = `${startsOn}T00:00:00.000Z`
  return startsOn !== null && first < today ? first : today
}

function feedRoute({ name, path, parse }: FeedFamily): Route<FeedRequest> {
  return {
    name,
    path,
    parse,
    cacheKey: (request) => addressOf(request, request.format, request.after),
    points: ({ points }) => points,
    respond: async (request, parts) => {
      const { format, after, startsOn } = request
      const { contentType, write } = FORMATS[format]
      const content = await request.read(parts)
      if (content === null) return { ...refuse(format, { status: 404, message: NO_LIST }), seconds: 0 }
      const { endCursor, edition = null, ...feed } = content
      const absolute = (address: string) => parts.publicUrl + address
      const address = addressOf(request, format, after)
      const self = absolute(address)
      // Readers subscribe to the first page only, and the address of a private feed is a secret.
      const isAnnounced = after === null && !request.isPrivate && address.length <= LONGEST_FEED_PATH
      const hub = isAnnounced ? (parts.hub ?? null) : null
      hub?.served(address, () => fingerprintOf(feed.items))
      const body = write({
        ...feed,
        edition,
        self,
        first: absolute(addressOf(request, format, null)),
        next: endCursor && absolute(addressOf(request, format, endCursor)),
        hub: hub?.address ?? null,
        about: absolute('/'),
        updated: latestUpdate(feed.items) ?? dateOfEmptyFeed(parts, startsOn),
      })
      // WebSub requires both links in the headers, too.
      const links = hub && { link: `<${hub.address}>; rel="hub", <${self}>; rel="self"` }
      return { contentType, body, headers: { ...links, ...(request.isPrivate && PRIVATE) } }
    },
    refuse: (refusal, { match }) => refuse(formatOf(match), refusal),
  }
}

const refuse = (format: FeedExtension, { status, message }: RouteRefusal) =>
  format === 'json' ? errorJson(message, status) : plainText(message, status)

const formatOf = (match: RegExpExecArray): FeedExtension => match.groups?.format as FeedExtension

const feedOfList = (list: FeedList, format: FeedExtension): FeedRequest => ({
  ...list,
  format,
  read: async (parts) => {
    const now = await list.read(parts)
    if (now === null) return null
    const { papers, name, describe, home, edition } = now
    const [title, page] = await Promise.all([describe(), readPapers(parts, { ...papers, after: list.after })])
    return {
      title: `Daily Papers: ${name ?? title}`,
      description: `${title}, with abstracts, authors and vote counts.`,
      home,
      edition,
      ...page,
    }
  },
})

/** The newest editions of a period, one entry each. Future editions, which only an import can create, are left out. */
function editionsFeed({ url, match }: RouteRequest, { clock }: ServerParts): FeedRequest {
  const { period } = match.groups as { period: PeriodName }
  const { after = null } = readParameters(url.searchParams, AFTER)
  const open = editionOf(PERIODS[period], editionDay(clock, clock.now()))
  return {
    format: formatOf(match),
    path: `/feeds/editions/${period}`,
    query: '',
    after,
    startsOn: null,
    points: EDITIONS,
    read: async (parts) => {
      const firstFuture = encodeCursor(EDITION_ORDERS[open.period], { key: dayAfter(open.endsOn), id: 0 })
      return {
        title: `Daily Papers: the papers of each ${period}`,
        description: `One entry for each ${period} on which papers were listed.`,
        home: `${parts.publicUrl}/editions`,
        ...(await readEditions(parts, period, after ?? firstFuture)),
      }
    },
  }
}
