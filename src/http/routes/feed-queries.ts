import { parse } from 'graphql'
import { paperKey } from '../../../schema/global-id.ts'
import { editionAddress, editionTitle } from '../../formats/edition-name.ts'
import { type FeedItem, type FeedPaper, itemOfEdition, itemOfPaper } from '../../formats/feed/feed.ts'
import { MAX_PAGE_SIZE } from '../../lists/page.ts'
import { UnknownMembers } from '../../lists/unknown-members.ts'
import { rewordingsOfPapers } from '../../queries/papers.ts'
import { dayOpensAt, type Period } from '../../values/editions.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'

// The entries of feeds, read by queries of our own, so that a feed shows what GraphQL shows.

export const PERIODS = { day: 'DAY', week: 'WEEK', month: 'MONTH' } as const satisfies Record<string, Period>
export type PeriodName = keyof typeof PERIODS

/** The page size of an edition's feed: nearly always all papers, so that no vote moves a paper to a second page. */
export const EDITION_PAPERS = 500
/** The page size of a feed of editions. */
export const EDITIONS = 30
/** How many titles a week or a month has in a feed of editions; a day has all. */
const LISTED_TITLES = 30
const MAX_AUTHORS = 3_000

const PAPER = /* GraphQL */ `
  fragment FeedPapers on PaperConnection {
    nodes {
      id title abstract summary publishedAt updatedAt listedAt listedOn url thumbnailUrl voteCount commentCount githubStars
      identifiers { scheme value }
      organization { id name avatarUrl }
      submittedBy { id handle name avatarUrl }
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

interface FeedPage {
  items: FeedItem[]
  endCursor: string | null
  /** The members of the filter's lists that name nothing, by field; null if there are none. */
  unknown: Record<string, string[]> | null
}

/** Reads editions, newest first. */
export async function readEditions(parts: ServerParts, name: PeriodName, after: string): Promise<FeedPage> {
  const papers = name === 'day' ? MAX_PAGE_SIZE : LISTED_TITLES
  const variables = { period: PERIODS[name], first: EDITIONS, after, papers }
  const { editions } = await runOwnQuery<{ editions: Connection<EditionNode> }>(parts, EDITION_LIST, variables)
  const items = editions.nodes.map((node) => editionItem(parts, name, node))
  return { items: await Promise.all(items), endCursor: nextCursor(editions), unknown: null }
}

async function editionItem(
  parts: ServerParts,
  name: PeriodName,
  { startsOn, endsOn, papers, latest }: EditionNode,
): Promise<FeedItem> {
  const edition = { period: PERIODS[name], startsOn, endsOn }
  if (name === 'day') await readAllTitles(parts, startsOn, papers)
  const opensAt = dayOpensAt(parts.clock, startsOn).toISOString()
  return itemOfEdition(
    {
      name: `${name}/${startsOn}`,
      title: editionTitle(edition),
      opensAt,
      url: editionAddress(parts.publicUrl, edition),
      paperCount: papers.totalCount,
      // All papers may have been hidden between the two statements.
      listedAt: latest.nodes[0]?.listedAt ?? opensAt,
      papers: papers.nodes,
    },
    parts.clock.now().toISOString(),
  )
}

/** Appends the remaining papers of a day. */
async function readAllTitles(parts: ServerParts, date: string, papers: Connection<NamedPaper>): Promise<void> {
  let after = nextCursor(papers)
  while (after !== null && papers.nodes.length < EDITION_PAPERS) {
    const { edition } = await runOwnQuery<{ edition: { papers: Connection<NamedPaper> } }>(parts, NAMES, {
      date,
      after,
    })
    papers.nodes.push(...edition.papers.nodes)
    after = nextCursor(edition.papers)
  }
}

/** Reads papers in pages of the size that GraphQL allows, with all their authors. */
export async function readPapers(
  parts: ServerParts,
  { first, after, ...list }: { filter: object; orderBy: string; first: number; after: string | null },
): Promise<FeedPage> {
  const found: PaperNode[] = []
  const unknown = new UnknownMembers()
  let cursor = after
  do {
    const variables = { ...list, first: Math.min(first - found.length, MAX_PAGE_SIZE), after: cursor }
    const { papers } = await runOwnQuery<{ papers: Connection<PaperNode> }>(parts, PAPERS, variables, unknown)
    found.push(...papers.nodes)
    cursor = nextCursor(papers)
  } while (cursor !== null && found.length < first)
  const keyOf = ({ id }: PaperNode) => paperKey(id, 'id')
  const rewordings = await rewordingsOfPapers(parts.db, found.map(keyOf))
  const now = parts.clock.now().toISOString()
  const items = found.map(async (paper) => {
    const rewordedAt = rewordings.get(keyOf(paper)) ?? null
    return itemOfPaper(parts.publicUrl, { ...paper, rewordedAt, authors: await authorsOf(parts, paper) }, now)
  })
  return { items: await Promise.all(items), endCursor: cursor, unknown: unknown.found }
}

async function authorsOf(parts: ServerParts, { id, authors }: PaperNode): Promise<string[]> {
  const names = authors.nodes.map(({ name }) => name)
  let after = nextCursor(authors)
  while (after !== null && names.length < MAX_AUTHORS) {
    const { node } = await runOwnQuery<{ node: Pick<PaperNode, 'authors'> | null }>(parts, AUTHORS, { id, after })
    names.push(...(node?.authors.nodes.map(({ name }) => name) ?? []))
    after = node && nextCursor(node.authors)
  }
  return names
}

const nextCursor = ({ pageInfo }: Connection<unknown>): string | null =>
  pageInfo.hasNextPage ? pageInfo.endCursor : null
