import { editionAddress, editionTitle } from '../../formats/edition-name.ts'
import type { JsonFeedEdition } from '../../formats/feed/json-feed-extension.ts'
import { editionFeedPath, FEED_DEFAULTS, listAddress } from '../../formats/links.ts'
import { listTitle } from '../../formats/list-title.ts'
import { AFTER, readParameters } from '../../formats/parameters.ts'
import {
  type CurrentQuery,
  formatPaperQuery,
  PAPER_QUERY,
  type PaperQuery,
  parseCurrentQuery,
  parsePaperQuery,
  restrictListing,
} from '../../formats/query-string.ts'
import { queryOfSaved } from '../../formats/saved-filter.ts'
import { memberNames } from '../../lists/member-names.ts'
import { MAX_PAGE_SIZE } from '../../lists/page.ts'
import { savedFilterOfToken } from '../../queries/saved-filters.ts'
import {
  EDITION_NAME_FORMS,
  type EditionSpan,
  editionName,
  editionNamed,
  newestNamed,
  type Period,
} from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import type { ServerParts } from '../parts.ts'
import { currentList, type PlacedEdition } from './edition-queries.ts'
import { EDITION_PAPERS } from './feed-queries.ts'
import { pointsOfList, pointsOfSaved } from './list-points.ts'
import type { PointCount, RouteRequest } from './route.ts'

// Lists of papers at addresses below `/feeds/`, whatever they are written as: feeds and bibliographies.

/** A parsed request for a list of papers. */
export interface FeedList {
  /** The canonical path without the extension of a format, and the canonical query string without the cursor. */
  path: string
  query: string
  /** The cursor after which the page begins. */
  after: string | null
  /** The first day of the list's edition, if it has one. */
  startsOn: string | null
  points: number | PointCount
  /** Whether only those may read it who know its address. */
  isPrivate?: true
  /** The list as it is now; null if there is none at the address any more. */
  read(parts: ServerParts): Promise<CurrentFeedList | null>
}

export interface CurrentFeedList {
  papers: PaperQuery
  /** The name that its owner gave it, if it has one. */
  name: string | null
  /** What it shows, in words. */
  describe(): Promise<string>
  /** The web page of the list. */
  home: string
  edition: JsonFeedEdition | null
}

interface FeedListKind {
  /** What the names of routes end in. */
  name: string
  /** The regular expression of the path without extension. */
  path: string
  /** @throws BadUserInput for a wrong parameter */
  parse(request: RouteRequest): FeedList
}

/** The parameters of a list of papers. */
export const LIST_PARAMETERS = PAPER_QUERY.extend(AFTER.shape)

/** All kinds of lists, for the routes of each format. */
export const FEED_LISTS: readonly FeedListKind[] = [
  { name: 'papers', path: '/feeds/papers', parse: papersList },
  { name: 'saved', path: '/feeds/saved/(?<token>[\\w-]{1,100})', parse: savedList },
  {
    name: 'edition',
    path: '/feeds/editions/(?<name>(?:(?:day|week|month)/[^/]|\\d)[^/]*)',
    parse: editionList,
  },
]

/** The address of a page of a list in a format. */
export function addressOf(
  { path, query }: Pick<FeedList, 'path' | 'query'>,
  extension: string,
  cursor: string | null,
): string {
  const parameters = [query, cursor && `after=${encodeURIComponent(cursor)}`].filter(Boolean).join('&')
  return `${path}.${extension}${parameters && '?'}${parameters}`
}

/** What a reader sees where a list was. */
export const NO_LIST =
  'There is no list at this address. Whoever made it may have deleted it or given it a new address.'

function papersList({ url }: Pick<RouteRequest, 'url'>): FeedList {
  const { query, given } = parseCurrentQuery(url.searchParams, FEED_DEFAULTS, LIST_PARAMETERS)
  const after = given.after ?? null
  return {
    path: '/feeds/papers',
    query: formatPaperQuery(query, FEED_DEFAULTS),
    after,
    startsOn: null,
    points: pointsOfList(query),
    read: async (parts) => {
      const { query: now, edition } = await currentList(parts, query)
      return {
        papers: now,
        name: null,
        describe: () => titleOf(parts, query),
        home: listAddress(parts.publicUrl, query),
        edition: edition && feedEdition(edition),
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
function savedList({ url, match }: RouteRequest): FeedList {
  const { token } = match.groups as { token: string }
  const { after = null } = readParameters(url.searchParams, AFTER)
  return {
    path: `/feeds/saved/${token}`,
    query: '',
    after,
    startsOn: null,
    points: pointsOfSaved(token),
    isPrivate: true,
    read: async (parts) => {
      const saved = await savedFilterOfToken(parts.db, token)
      if (saved === null) return null
      const query = queryOfSaved(saved)
      return {
        papers: query,
        name: saved.name,
        describe: () => titleOf(parts, query),
        home: listAddress(parts.publicUrl, query),
        edition: null,
      }
    },
  }
}

/** Nearly always all papers, most voted first. */
const EDITION_DEFAULTS = { orderBy: 'MOST_VOTED', first: EDITION_PAPERS } as const

/** The papers of an edition, or of the newest one of a period, that match a filter. */
function editionList({ url, match }: RouteRequest): FeedList {
  const { name } = match.groups as { name: string }
  if (url.searchParams.has('edition'))
    throw new BadUserInput('edition', 'The path has the edition already: leave "edition" out.')
  const { query: list, given } = parsePaperQuery(url.searchParams, EDITION_DEFAULTS, LIST_PARAMETERS)
  const after = given.after ?? null
  const newest = newestNamed(name)
  const edition = editionNamed(name)
  if (edition === null && newest === null)
    throw new BadUserInput(
      'edition',
      `The edition must be day/latest, week/latest or month/latest, or ${EDITION_NAME_FORMS}; "${name}" is not.`,
    )
  return {
    path: edition ? editionFeedPath(edition) : `/feeds/editions/${newest?.toLowerCase()}/latest`,
    query: formatPaperQuery(list, EDITION_DEFAULTS),
    after,
    startsOn: edition?.startsOn ?? null,
    // Few editions have more papers than a page of GraphQL.
    points: pointsOfList({ ...list, first: Math.min(list.first, MAX_PAGE_SIZE) }),
    read: async (parts) => {
      const filter = { ...list.filter }
      if (edition) restrictListing(filter, { from: edition.startsOn, to: edition.endsOn })
      const query = { ...list, filter, newest }
      const now = await currentList(parts, query)
      return {
        papers: now.query,
        name: null,
        describe: () => titleOf(parts, query),
        home: homeOfEdition(parts.publicUrl, list, edition ?? newest ?? 'DAY'),
        edition: now.edition && feedEdition(now.edition),
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
