import { parse } from 'graphql'
import { type ArchivePage, renderArchivePage } from '../../formats/html/archive-page.ts'
import type { FormProblem } from '../../formats/html/digest-pages.ts'
import { renderDocsPage } from '../../formats/html/docs-page.ts'
import { ICON } from '../../formats/html/document.ts'
import { type EditionView, renderEditionPage } from '../../formats/html/edition-page.ts'
import { type HomeView, renderHomePage } from '../../formats/html/home-page.ts'
import { type ListLook, readListLook, USUAL_LIST_LOOK, withLook } from '../../formats/html/look.ts'
import { FEED_DEFAULTS } from '../../formats/links.ts'
import { listTitle } from '../../formats/list-title.ts'
import { type CurrentQuery, formatPaperQuery, parseCurrentQuery } from '../../formats/query-string.ts'
import { memberNames } from '../../lists/member-names.ts'
import { MAX_PAGE_SIZE } from '../../lists/page.ts'
import {
  EDITION_NAME_FORMS,
  type EditionSpan,
  editionDay,
  editionNamed,
  editionOf,
  hasBegun,
  NEWEST_NAME_FORMS,
  newestNamed,
} from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { plainText } from '../cache/response.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'
import { currentList, newestEdition } from './edition-queries.ts'
import { embedScript } from './embed.ts'
import { errorPage, htmlResponse, INERT } from './html-response.ts'
import { listedPapers, PAPER_CARD } from './paper-queries.ts'
import { LIST_PAGE_PARAMETERS } from './papers-page.ts'
import type { Route, RouteRefusal, RouteRequest } from './route.ts'

/** How many papers the home page shows of each list, and how many topics. */
const HOME = { newest: 30, trending: 6, topics: 16 }

const HOME_DOCUMENT = parse(/* GraphQL */ `
  query Home($date: Date!, $from: Date!, $to: Date!) {
    edition(date: $date) {
      period startsOn endsOn state
      papers(first: ${HOME.newest}) { totalCount nodes { ...PaperCard } }
    }
    editions(from: $from, to: $to, first: 31) { nodes { startsOn } }
    papers(first: ${HOME.trending}) { nodes { title url voteCount } }
    topics(first: ${HOME.topics}) { nodes { name url paperCount } }
  }
  ${PAPER_CARD}
`)

const EDITION = parse(/* GraphQL */ `
  query Edition($period: Period!, $date: Date!, $from: Date!, $to: Date!) {
    edition(period: $period, date: $date) {
      period startsOn endsOn state
      previous { period startsOn endsOn }
      next { period startsOn endsOn }
      papers(first: ${MAX_PAGE_SIZE}) { totalCount nodes { ...PaperCard } }
    }
    editions(from: $from, to: $to, first: 31) { nodes { startsOn } }
  }
  ${PAPER_CARD}
`)

/** The days of the month in which an edition begins, as variables. */
function monthOf({ startsOn }: EditionSpan): { from: string; to: string } {
  const month = editionOf('MONTH', startsOn)
  return { from: month.startsOn, to: month.endsOn }
}

type Days = { editions: { nodes: { startsOn: string }[] } }
const daysOf = ({ editions }: Days): string[] => editions.nodes.map(({ startsOn }) => startsOn)

/** An edition with its first papers, and the days of its month that have some. */
export interface EditionWithDays {
  edition: EditionView
  days: string[]
}

/** The edition that part of a path names, with or without papers; null if it names none. */
export async function editionView(parts: ServerParts, name: string): Promise<EditionWithDays | null> {
  const newest = newestNamed(name)
  const span = newest === null ? editionNamed(name) : await newestEdition(parts, newest)
  if (span === null) return null
  const variables = { period: span.period, date: span.startsOn, ...monthOf(span) }
  const data = await runOwnQuery<{ edition: EditionView } & Days>(parts, EDITION, variables)
  return { edition: data.edition, days: daysOf(data) }
}

const refuse = ({ status, message }: RouteRefusal, _request: RouteRequest, { publicUrl }: ServerParts) =>
  errorPage(publicUrl, { status, message })

type HomeData = Days & {
  edition: Omit<EditionView, 'previous' | 'next'>
  papers: { nodes: HomeView['trending'] }
  topics: { nodes: HomeView['topics'] }
}

const home: Route = {
  name: 'home',
  path: /^\/$/,
  parse: () => null,
  cacheKey: () => '/',
  points: () => HOME.newest + HOME.trending,
  respond: async (_, parts) => {
    const { publicUrl } = parts
    const newest = await newestEdition(parts, 'DAY')
    const data = await runOwnQuery<HomeData>(parts, HOME_DOCUMENT, { date: newest.startsOn, ...monthOf(newest) })
    const edition = { ...data.edition, previous: newest.previous, next: newest.next }
    return htmlResponse(
      renderHomePage(publicUrl, {
        edition: edition.papers.totalCount === 0 ? null : edition,
        days: daysOf(data),
        trending: data.papers.nodes,
        topics: data.topics.nodes,
      }),
    )
  },
  refuse,
}

const edition: Route<{ name: string; look: ListLook }> = {
  name: 'edition',
  path: /^\/editions\/(.+)$/,
  parse: ({ match, url }) => ({ name: match[1] as string, look: readListLook(url.searchParams) }),
  cacheKey: ({ name, look }) => withLook(`/editions/${name} `, look),
  points: () => MAX_PAGE_SIZE,
  respond: async ({ name, look }, parts) => {
    const { publicUrl, clock } = parts
    const notFound = (message: string) => errorPage(publicUrl, { status: 404, message })
    const found = await editionView(parts, name)
    if (found === null)
      return notFound(`The address of an edition ends in ${NEWEST_NAME_FORMS}, or in ${EDITION_NAME_FORMS}.`)
    const { edition, days } = found
    if (!hasBegun(edition, clock)) return notFound('This edition has not begun yet.')
    if (edition.papers.totalCount === 0 && edition.state === 'FINAL') return notFound('This edition has no papers.')
    return htmlResponse(renderEditionPage(publicUrl, edition, { days, look }))
  },
  refuse,
}

const ARCHIVE = parse(/* GraphQL */ `
  query Archive($to: Date!, $after: String) {
    months: editions(period: MONTH, to: $to, first: 100, after: $after) {
      nodes { period startsOn endsOn paperCount }
      pageInfo { hasNextPage endCursor }
    }
  }
`)
/** How many days with papers the calendars of the archive show. */
const RECENT = parse(/* GraphQL */ `
  query Recent($to: Date!) { editions(to: $to, first: 62) { nodes { startsOn } } }
`)
type Months = { nodes: ArchivePage['months']; pageInfo: { hasNextPage: boolean; endCursor: string | null } }

const archive: Route = {
  name: 'archive',
  path: /^\/editions$/,
  parse: () => null,
  cacheKey: () => '/editions',
  points: () => HOME.newest,
  respond: async (_, parts) => {
    const to = editionDay(parts.clock, parts.clock.now())
    const all: ArchivePage['months'][number][] = []
    let after: string | null = null
    do {
      const { months }: { months: Months } = await runOwnQuery(parts, ARCHIVE, { to, after })
      all.push(...months.nodes)
      after = months.pageInfo.hasNextPage ? months.pageInfo.endCursor : null
    } while (after !== null)
    const recent = daysOf(await runOwnQuery<Days>(parts, RECENT, { to }))
    // The last of them may be only a part of its month.
    const known = new Set(all.slice(0, CALENDARS).map(({ startsOn }) => startsOn))
    const days = recent.filter((day) => known.has(editionOf('MONTH', day).startsOn))
    return htmlResponse(renderArchivePage(parts.publicUrl, { months: all, days }))
  },
  refuse,
}
/** As many months have a calendar: 62 days are at least two whole ones. */
const CALENDARS = 2

interface DocsRequest {
  query: CurrentQuery
  typed: Map<string, string>
  look: ListLook
  problem: FormProblem | null
}

/** How many papers of its list the composer shows. */
const COMPOSED = 5

const docs: Route<DocsRequest> = {
  name: 'docs',
  path: /^\/docs$/,
  parse: ({ url }) => {
    const typed = new Map([...url.searchParams].filter(([, text]) => text !== ''))
    try {
      const { query, given } = parseCurrentQuery(url.searchParams, FEED_DEFAULTS, LIST_PAGE_PARAMETERS)
      return { query, typed, look: { layout: given.layout, images: given.images }, problem: null }
    } catch (error) {
      if (!(error instanceof BadUserInput)) throw error
      const problem = { field: error.argument, message: error.message }
      return { query: { filter: {}, ...FEED_DEFAULTS, newest: null }, typed, look: USUAL_LIST_LOOK, problem }
    }
  },
  cacheKey: ({ query, typed, problem }) =>
    `/docs ${formatPaperQuery(query, FEED_DEFAULTS)} ${new URLSearchParams([...typed])} ${problem?.message ?? ''}`,
  points: () => COMPOSED,
  respond: async ({ query, typed, look, problem }, parts) => {
    const { publicUrl } = parts
    const list = await currentList(parts, query)
    const [papers, names] = await Promise.all([
      listedPapers(parts, { ...list.query, first: Math.min(query.first, COMPOSED) }),
      memberNames(parts.db, query.filter),
    ])
    const title = listTitle(list.query, names)
    const script = embedScript(publicUrl)
    return htmlResponse(renderDocsPage(publicUrl, { query, typed, look, problem, title, papers, script }), {
      status: problem === null ? 200 : 400,
    })
  },
  refuse: ({ status, message }, _request, { publicUrl }) => errorPage(publicUrl, { status, message }),
}

/** Crawlers may read everything but searches, of which there is no end. */
const robots: Route = {
  name: 'robots',
  path: /^\/robots\.txt$/,
  parse: () => null,
  cacheKey: () => '/robots.txt',
  respond: async () => plainText('User-agent: *\nAllow: /\nDisallow: /search'),
  refuse: ({ status, message }) => plainText(message, status),
}

/** For browsers that show a feed, Markdown or GraphiQL; pages name their icon themselves. */
const favicon: Route = {
  name: 'favicon',
  path: /^\/favicon\.ico$/,
  parse: () => null,
  cacheKey: () => '/favicon.ico',
  respond: async () => ({
    contentType: 'image/svg+xml',
    body: ICON,
    headers: { ...INERT, 'cache-control': 'public, max-age=86400' },
  }),
  refuse: ({ status, message }) => plainText(message, status),
}

export const PAGE_ROUTES: readonly Route[] = [home, archive, edition, docs, robots, favicon]
