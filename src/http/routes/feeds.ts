import { LONGEST_FEED_PATH } from '../../deliveries/websub-feeds.ts'
import { editionAddress, editionTitle } from '../../formats/edition-name.ts'
import { type Feed, fingerprintOf, latestUpdate } from '../../formats/feed/feed.ts'
import { FEED_FORMATS, type FeedExtension, feedContentType, forEachFeedFormat } from '../../formats/feed/formats.ts'
import type { JsonFeedEdition } from '../../formats/feed/json-feed-extension.ts'
import { editionFeedPath, FEED_DEFAULTS, listAddress } from '../../formats/links.ts'
import { listTitle } from '../../formats/list-title.ts'
import { readParameters } from '../../formats/parameters.ts'
import {
  type CurrentQuery,
  formatPaperQuery,
  type PaperQuery,
  parseCurrentQuery,
  parsePaperQuery,
  restrictListing,
} from '../../formats/query-string.ts'
import { queryOfSaved } from '../../formats/saved-filter.ts'
import { EDITION_ORDERS } from '../../lists/editions.ts'
import { memberNames } from '../../lists/member-names.ts'
import { encodeCursor, MAX_PAGE_SIZE } from '../../lists/page.ts'
import { savedFilterOfToken } from '../../queries/saved-filters.ts'
import {
  dayAfter,
  dayOpensAt,
  EDITION_NAME_FORMS,
  type EditionSpan,
  editionDay,
  editionName,
  editionNamed,
  editionOf,
  newestNamed,
  type Period,
} from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { errorJson, plainText } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'
import { currentList, type PlacedEdition } from './edition-queries.ts'
import { EDITION_PAPERS, EDITIONS, PERIODS, type PeriodName, readEditions, readPapers } from './feed-queries.ts'
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
    name: 'feed-papers',
    path: new RegExp(`^/feeds/papers${EXTENSION}$`),
    parse: papersFeed,
  },
  {
    name: 'feed-saved',
    path: new RegExp(`^/feeds/saved/(?<token>[\\w-]{1,100})${EXTENSION}$`),
    parse: savedFeed,
  },
  {
    name: 'feed-editions',
    path: new RegExp(`^/feeds/editions/(?<period>day|week|month)${EXTENSION}$`),
    parse: editionsFeed,
  },
  {
    name: 'feed-edition',
    path: new RegExp(`^/feeds/editions/(?<name>(?:(?:day|week|month)/[^/]|\\d)[^/]*)${EXTENSION}$`),
    parse: editionFeed,
  },
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
interface FeedRequest {
  format: FeedExtension
  /** The canonical path and query string, without the cursor. */
  path: string
  query: string
  /** The cursor after which the page begins. */
  after: string | null
  /** The first day of the feed's edition, if it has one. */
  startsOn: string | null
  points: number
  /** Whether only those may read it who know its address. */
  isPrivate?: true
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
    cacheKey: (request) => addressOf(request, request.after),
    points: ({ points }) => points,
    respond: async (request, parts) => {
      const { format, after, startsOn } = request
      const { contentType, write } = FORMATS[format]
      const content = await request.read(parts)
      if (content === null) return { ...refuse(format, { status: 404, message: NO_FEED }), seconds: 0 }
      const { endCursor, edition = null, ...feed } = content
      const absolute = (address: string) => parts.publicUrl + address
      const address = addressOf(request, after)
      const self = absolute(address)
      // Readers subscribe to the first page only, and the address of a private feed is a secret.
      const isAnnounced = after === null && !request.isPrivate && address.length <= LONGEST_FEED_PATH
      const hub = isAnnounced ? (parts.hub ?? null) : null
      hub?.served(address, () => fingerprintOf(feed.items))
      const body = write({
        ...feed,
        edition,
        self,
        first: absolute(addressOf(request, null)),
        next: endCursor && absolute(addressOf(request, endCursor)),
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

const NO_FEED = 'There is no feed at this address. Whoever made it may have deleted it or given it a new address.'

const refuse = (format: FeedExtension, { status, message }: RouteRefusal) =>
  format === 'json' ? errorJson(message, status) : plainText(message, status)

function addressOf({ path, query }: FeedRequest, cursor: string | null): string {
  const parameters = [query, cursor && `after=${encodeURIComponent(cursor)}`].filter(Boolean).join('&')
  return `${path}${parameters && '?'}${parameters}`
}

const formatOf = (match: RegExpExecArray): FeedExtension => match.groups?.format as FeedExtension

function papersFeed({ url, match }: RouteRequest): FeedRequest {
  const { query, given } = parseCurrentQuery(url.searchParams, FEED_DEFAULTS, ['after'])
  const after = given.get('after') ?? null
  return {
    format: formatOf(match),
    path: url.pathname,
    query: formatPaperQuery(query, FEED_DEFAULTS),
    after,
    startsOn: null,
    points: query.first,
    read: async (parts) => {
      const { query: now, edition } = await currentList(parts, query)
      const [title, papers] = await Promise.all([titleOf(parts, query), readPapers(parts, { ...now, after })])
      return {
        title: `Daily Papers: ${title}`,
        description: `${title}, with abstracts, authors and vote counts.`,
        home: listAddress(parts.publicUrl, query),
        edition: edition && feedEdition(edition),
        ...papers,
      }
    },
  }
}

const titleOf = async ({ db }: ServerParts, query: CurrentQuery | PaperQuery): Promise<string> =>
  listTitle(query, await memberNames(db, query.filter))

const feedEdition = (edition: PlacedEdition): JsonFeedEdition => ({
  name: editionName(edition),
  title: editionTitle(edition),
  isDay: edition.period === 'DAY',
  previous: edition.previous && editionName(edition.previous),
  next: edition.next && editionName(edition.next),
})

/** The list of a saved filter, for whoever knows its token. */
function savedFeed({ url, match }: RouteRequest): FeedRequest {
  const { token } = match.groups as { token: string }
  const after = readParameters(url.searchParams, ['after']).get('after') ?? null
  return {
    format: formatOf(match),
    path: url.pathname,
    query: '',
    after,
    startsOn: null,
    points: FEED_DEFAULTS.first,
    isPrivate: true,
    read: async (parts) => {
      const saved = await savedFilterOfToken(parts.db, token)
      if (saved === null) return null
      const query = queryOfSaved(saved)
      return {
        title: `Daily Papers: ${saved.name}`,
        description: `${await titleOf(parts, query)}, with abstracts, authors and vote counts.`,
        home: listAddress(parts.publicUrl, query),
        ...(await readPapers(parts, { ...query, after })),
      }
    },
  }
}

/** Nearly always all papers, most voted first. */
const EDITION_DEFAULTS = { orderBy: 'MOST_VOTED', first: EDITION_PAPERS } as const

/** The papers of an edition, or of the newest one of a period, that match a filter. */
function editionFeed({ url, match }: RouteRequest): FeedRequest {
  const { name } = match.groups as { name: string }
  const format = formatOf(match)
  if (url.searchParams.has('edition'))
    throw new BadUserInput('edition', 'The path has the edition already: leave "edition" out.')
  const { query: list, given } = parsePaperQuery(url.searchParams, EDITION_DEFAULTS, ['after'])
  const after = given.get('after') ?? null
  const newest = newestNamed(name)
  const edition = editionNamed(name)
  if (edition === null && newest === null)
    throw new BadUserInput(
      'edition',
      `The edition must be day/latest, week/latest or month/latest, or ${EDITION_NAME_FORMS}; "${name}" is not.`,
    )
  return {
    format,
    path: edition ? editionFeedPath(edition, format) : `/feeds/editions/${newest?.toLowerCase()}/latest.${format}`,
    query: formatPaperQuery(list, EDITION_DEFAULTS),
    after,
    startsOn: edition?.startsOn ?? null,
    // Few editions have more papers than a page of GraphQL.
    points: Math.min(list.first, MAX_PAGE_SIZE),
    read: async (parts) => {
      const filter = { ...list.filter }
      if (edition) restrictListing(filter, { from: edition.startsOn, to: edition.endsOn })
      const query = { ...list, filter, newest }
      const now = await currentList(parts, query)
      const [title, papers] = await Promise.all([titleOf(parts, query), readPapers(parts, { ...now.query, after })])
      return {
        title: `Daily Papers: ${title}`,
        description: `${title}, with abstracts, authors and vote counts.`,
        home: homeOfEdition(parts.publicUrl, list, edition ?? newest ?? 'DAY'),
        edition: now.edition && feedEdition(now.edition),
        ...papers,
      }
    },
  }
}

/** The page of an edition, or of those of its papers that match a filter. */
function homeOfEdition(publicUrl: string, list: PaperQuery, edition: EditionSpan | Period): string {
  const isNewest = typeof edition === 'string'
  if (formatPaperQuery({ ...list, ...EDITION_DEFAULTS }, EDITION_DEFAULTS) === '')
    return isNewest ? `${publicUrl}/editions/${edition.toLowerCase()}` : editionAddress(publicUrl, edition)
  const filter = { ...list.filter }
  if (!isNewest) restrictListing(filter, { from: edition.startsOn, to: edition.endsOn })
  return listAddress(publicUrl, { ...list, first: FEED_DEFAULTS.first, filter, newest: isNewest ? edition : null })
}

/** The newest editions of a period, one entry each. Future editions, which only an import can create, are left out. */
function editionsFeed({ url, match }: RouteRequest, { clock }: ServerParts): FeedRequest {
  const { period } = match.groups as { period: PeriodName }
  const after = readParameters(url.searchParams, ['after']).get('after') ?? null
  const open = editionOf(PERIODS[period], editionDay(clock, clock.now()))
  return {
    format: formatOf(match),
    path: url.pathname,
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
