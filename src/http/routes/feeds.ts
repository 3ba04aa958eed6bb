import { parse } from 'graphql'
import { paperKey } from '../../../schema/global-id.ts'
import { editionAddress, editionTitle } from '../../formats/edition-name.ts'
import { writeAtom } from '../../formats/feed/atom.ts'
import {
  type Feed,
  type FeedItem,
  type FeedPaper,
  itemOfEdition,
  itemOfPaper,
  latestUpdate,
} from '../../formats/feed/feed.ts'
import { writeJsonFeed } from '../../formats/feed/json-feed.ts'
import { writeRss } from '../../formats/feed/rss.ts'
import { FEED_DEFAULTS, feedLinks } from '../../formats/links.ts'
import { listTitle } from '../../formats/list-title.ts'
import { formatPaperQuery, parsePaperQuery, readParameters } from '../../formats/query-string.ts'
import { EDITION_ORDERS } from '../../lists/editions.ts'
import { encodeCursor, MAX_PAGE_SIZE } from '../../lists/page.ts'
import { rewordingsOfPapers } from '../../queries/papers.ts'
import {
  dayAfter,
  dayOpensAt,
  type EditionSpan,
  editionDay,
  editionOf,
  isCalendarDay,
  monthOf,
  type Period,
  weekOf,
} from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { runFixed } from '../graphql/run-own-query.ts'
import { answerPublic } from './answer-public.ts'
import { answeringBadInput, plainText } from './bad-request.ts'
import type { Route, Visit } from './route.ts'

// Lists for feed readers. A document of ours asks the schema for them, so that a feed shows what GraphQL shows.

const FORMATS = {
  rss: { contentType: 'application/rss+xml; charset=utf-8', write: writeRss },
  atom: { contentType: 'application/atom+xml; charset=utf-8', write: writeAtom },
  json: { contentType: 'application/feed+json', write: writeJsonFeed },
}
type Format = keyof typeof FORMATS

const PERIODS = { day: 'DAY', week: 'WEEK', month: 'MONTH' } as const satisfies Record<string, Period>
type PeriodName = keyof typeof PERIODS

/** How an edition can be named beside by one of its days. */
const SPELLINGS: Record<PeriodName, (text: string) => EditionSpan | null> = {
  day: () => null,
  week: weekOf,
  month: monthOf,
}

/** How many papers the feed of one edition has in a page: nearly always all, so that votes push none onto a second page. */
const EDITION_PAPERS = 500
/** How many editions a rolling feed has. */
const EDITIONS = 30
/** How many papers a week or a month names in a rolling feed; a day names all. */
const NAMED_PAPERS = 30
const MAX_AUTHORS = 3_000

export const FEED_ROUTES: Route[] = [
  {
    path: /^\/feeds\/papers\.(?<format>rss|atom|json)$/,
    answer: (visit) => answerFeed(visit, papersFeed),
  },
  {
    path: /^\/feeds\/editions\/(?<period>day|week|month)\.(?<format>rss|atom|json)$/,
    answer: (visit) => answerFeed(visit, editionsFeed),
  },
  {
    path: /^\/feeds\/editions\/(?<period>day|week|month)\/(?<date>[^/]+)\.(?<format>rss|atom|json)$/,
    answer: (visit) => answerFeed(visit, editionFeed),
  },
]

/** A feed that is asked for: the one way to write its address, and how to get it. */
interface Asked {
  /** Without the query. */
  path: string
  /** What names the list, and where in it the page begins. */
  query: string
  after: string | null
  /** The first day of what it is about; null where that has none. */
  startsOn: string | null
  read(): Promise<Omit<Feed, 'self' | 'first' | 'next' | 'hub' | 'about' | 'updated'> & { endCursor: string | null }>
}

/**
 * The date of a feed in which nothing has one: when its edition began, or the open day. That moves once a day, and not
 * with each answer.
 */
function undatedSince({ clock }: Visit, startsOn: string | null): string {
  const today = dayOpensAt(clock, editionDay(clock, clock.now())).toISOString()
  const first = `${startsOn}T00:00:00.000Z`
  return startsOn !== null && first < today ? first : today
}

const answerFeed = (visit: Visit, understand: (visit: Visit) => Asked): Promise<void> =>
  answeringBadInput(visit, plainText, async () => {
    const { path, query, after, startsOn, read } = understand(visit)
    const { format } = visit.match.groups as { format: Format }
    const { contentType, write } = FORMATS[format]
    const addressOf = (cursor: string | null) => {
      const parameters = [query, cursor && `after=${encodeURIComponent(cursor)}`].filter(Boolean).join('&')
      return `${path}${parameters && '?'}${parameters}`
    }
    const self = addressOf(after)
    await answerPublic(visit, self, async () => {
      const { endCursor, ...feed } = await read()
      const absolute = (address: string) => visit.publicUrl + address
      // A later page is no feed that one subscribes to.
      const hub = after === null ? (visit.hub ?? null) : null
      hub?.served(absolute(self))
      const body = write({
        ...feed,
        self: absolute(self),
        first: absolute(addressOf(null)),
        next: endCursor && absolute(addressOf(endCursor)),
        hub: hub?.address ?? null,
        about: absolute('/'),
        updated: latestUpdate(feed.items) ?? undatedSince(visit, startsOn),
      })
      // WebSub wants both in the head, too.
      const links = hub && { link: `<${hub.address}>; rel="hub", <${absolute(self)}>; rel="self"` }
      return { contentType, body, ...(links ? { headers: links } : {}) }
    })
  })

const PAPER = /* GraphQL */ `
  fragment FeedPapers on PaperConnection {
    nodes {
      id title abstract summary publishedAt updatedAt listedAt listedOn url thumbnailUrl voteCount commentCount
      identifiers { scheme value }
      organization { name }
      topics { name kind }
      links { kind url title }
      authors(first: 100) { ...Names }
    }
    pageInfo { hasNextPage endCursor }
  }
  fragment Names on PaperAuthorConnection { nodes { name } pageInfo { hasNextPage endCursor } }`

const PAPERS = parse(/* GraphQL */ `
  query ($filter: PaperFilter, $orderBy: PaperOrder!, $first: Int!, $after: String) {
    papers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { ...FeedPapers }
  } ${PAPER}`)

const AUTHORS = parse(/* GraphQL */ `
  query ($id: ID!, $after: String) { node(id: $id) { ... on Paper { authors(first: 100, after: $after) { ...Names } } } }
  fragment Names on PaperAuthorConnection { nodes { name } pageInfo { hasNextPage endCursor } }`)

const NAMED = /* GraphQL */ `
  fragment NamedPapers on PaperConnection { nodes { title url voteCount } pageInfo { hasNextPage endCursor } }`

const EDITION_LIST = parse(/* GraphQL */ `
  query ($period: Period!, $first: Int!, $after: String, $papers: Int!) {
    editions(period: $period, first: $first, after: $after) {
      nodes {
        startsOn endsOn
        papers(first: $papers) { totalCount ...NamedPapers }
        latest: papers(first: 1, orderBy: RECENTLY_LISTED) { nodes { listedAt } }
      }
      pageInfo { hasNextPage endCursor }
    }
  } ${NAMED}`)

const NAMES = parse(/* GraphQL */ `
  query ($date: Date!, $after: String) { edition(date: $date) { papers(first: 100, after: $after) { ...NamedPapers } } }
  ${NAMED}`)

interface Connection<Node> {
  nodes: Node[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}
type PaperNode = Omit<FeedPaper, 'authors' | 'rewordedAt'> & { authors: Connection<{ name: string }> }
type NamedPaper = { title: string; url: string; voteCount: number }
type EditionNode = {
  startsOn: string
  endsOn: string
  papers: Connection<NamedPaper> & { totalCount: number }
  latest: { nodes: { listedAt: string }[] }
}

function papersFeed(visit: Visit): Asked {
  const query = parsePaperQuery(visit.url.searchParams, FEED_DEFAULTS, ['after'])
  const after = visit.url.searchParams.get('after') || null
  return {
    path: visit.url.pathname,
    query: formatPaperQuery(query, FEED_DEFAULTS),
    after,
    startsOn: null,
    read: async () => ({
      title: `Daily Papers: ${listTitle(query)}`,
      description: `${listTitle(query)}, with abstracts, authors and vote counts.`,
      home: feedLinks(visit.publicUrl, query).embed,
      ...(await readPapers(visit, { ...query, after })),
    }),
  }
}

/** The papers of the edition that a day falls in, most voted first. */
function editionFeed(visit: Visit): Asked {
  const { period, date, format } = visit.match.groups as { period: PeriodName; date: string; format: Format }
  const after = readParameters(visit.url.searchParams, ['after']).get('after') || null
  const edition = isCalendarDay(date) ? editionOf(PERIODS[period], date) : SPELLINGS[period](date)
  if (edition === null)
    throw new BadUserInput(
      'date',
      `The date must be a day that the calendar has, such as 2026-02-17; "${date}" is not. A week can be 2026-W08, too, and a month 2026-02.`,
    )
  const filter = { listedFrom: edition.startsOn, listedTo: edition.endsOn }
  return {
    path: `/feeds/editions/${period}/${edition.startsOn}.${format}`,
    query: '',
    after,
    startsOn: edition.startsOn,
    read: async () => ({
      title: `Daily Papers: ${editionTitle(edition)}`,
      description: `The papers of ${editionTitle(edition)}, with abstracts, authors and vote counts.`,
      home: editionAddress(visit.publicUrl, edition),
      ...(await readPapers(visit, { filter, orderBy: 'MOST_VOTED', first: EDITION_PAPERS, after })),
    }),
  }
}

/**
 * The newest editions of a period, each one item. Those that have not begun, which only an import can bring, are not among
 * them before they do.
 */
function editionsFeed(visit: Visit): Asked {
  const { period } = visit.match.groups as { period: PeriodName }
  const after = readParameters(visit.url.searchParams, ['after']).get('after') || null
  const open = editionOf(PERIODS[period], editionDay(visit.clock, visit.clock.now()))
  return {
    path: visit.url.pathname,
    query: '',
    after,
    startsOn: null,
    read: async () => {
      const papers = period === 'day' ? MAX_PAGE_SIZE : NAMED_PAPERS
      const next = encodeCursor(EDITION_ORDERS[open.period], { key: dayAfter(open.endsOn), id: 0 })
      const variables = { period: open.period, first: EDITIONS, after: after ?? next, papers }
      const { editions } = await runFixed<{ editions: Connection<EditionNode> }>(visit, EDITION_LIST, variables)
      return {
        title: `Daily Papers: the papers of each ${period}`,
        description: `One entry for each ${period} on which papers were listed.`,
        home: `${visit.publicUrl}/`,
        items: await Promise.all(editions.nodes.map((node) => editionItem(visit, period, node))),
        endCursor: nextCursor(editions),
      }
    },
  }
}

async function editionItem(
  visit: Visit,
  name: PeriodName,
  { startsOn, endsOn, papers, latest }: EditionNode,
): Promise<FeedItem> {
  const edition = { period: PERIODS[name], startsOn, endsOn }
  if (name === 'day') await readAllNames(visit, startsOn, papers)
  const opensAt = dayOpensAt(visit.clock, startsOn).toISOString()
  return itemOfEdition(
    {
      name: `${name}/${startsOn}`,
      title: editionTitle(edition),
      opensAt,
      url: editionAddress(visit.publicUrl, edition),
      paperCount: papers.totalCount,
      // Papers can be hidden between two statements.
      listedAt: latest.nodes[0]?.listedAt ?? opensAt,
      papers: papers.nodes,
    },
    visit.clock.now().toISOString(),
  )
}

/** Adds to the first papers of a day those that follow. */
async function readAllNames(visit: Visit, date: string, papers: Connection<NamedPaper>): Promise<void> {
  let after = nextCursor(papers)
  while (after !== null && papers.nodes.length < EDITION_PAPERS) {
    const { edition } = await runFixed<{ edition: { papers: Connection<NamedPaper> } }>(visit, NAMES, { date, after })
    papers.nodes.push(...edition.papers.nodes)
    after = nextCursor(edition.papers)
  }
}

/** Papers by pages of as many as GraphQL answers, with all their authors. */
async function readPapers(
  visit: Visit,
  { first, after, ...list }: { filter: object; orderBy: string; first: number; after: string | null },
): Promise<{ items: FeedItem[]; endCursor: string | null }> {
  const found: PaperNode[] = []
  let cursor = after
  do {
    const variables = { ...list, first: Math.min(first - found.length, MAX_PAGE_SIZE), after: cursor }
    const { papers } = await runFixed<{ papers: Connection<PaperNode> }>(visit, PAPERS, variables)
    found.push(...papers.nodes)
    cursor = nextCursor(papers)
  } while (cursor !== null && found.length < first)
  const keyOf = ({ id }: PaperNode) => paperKey(id, 'id')
  const rewordings = await rewordingsOfPapers(visit.db, found.map(keyOf))
  const now = visit.clock.now().toISOString()
  const items = found.map(async (paper) => {
    const rewordedAt = rewordings.get(keyOf(paper)) ?? null
    return itemOfPaper({ ...paper, rewordedAt, authors: await authorsOf(visit, paper) }, now)
  })
  return { items: await Promise.all(items), endCursor: cursor }
}

async function authorsOf(visit: Visit, { id, authors }: PaperNode): Promise<string[]> {
  const names = authors.nodes.map(({ name }) => name)
  let after = nextCursor(authors)
  while (after !== null && names.length < MAX_AUTHORS) {
    const { node } = await runFixed<{ node: Pick<PaperNode, 'authors'> | null }>(visit, AUTHORS, { id, after })
    names.push(...(node?.authors.nodes.map(({ name }) => name) ?? []))
    after = node && nextCursor(node.authors)
  }
  return names
}

const nextCursor = ({ pageInfo }: Connection<unknown>): string | null =>
  pageInfo.hasNextPage ? pageInfo.endCursor : null
