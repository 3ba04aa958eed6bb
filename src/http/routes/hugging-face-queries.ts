import { parse } from 'graphql'
import { encodeGlobalId } from '../../../schema/global-id.ts'
import type { HfAuthorsData, HfPaperData, HfSearchResultData } from '../../formats/hugging-face.ts'
import { type DailyListOrder, dailyListPage } from '../../lists/daily-list.ts'
import { MAX_PAGE_SIZE } from '../../lists/page.ts'
import type { PaperFilter } from '../../lists/paper-filter.ts'
import { PaperSelection } from '../../lists/paper-list.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'

// Papers for the paths of Hugging Face, read by queries of our own. Those without an arXiv id are left out.

const PAPER_FIELDS = `
  fragment Authors on PaperAuthorConnection {
    edges { position node { name user { ...Person } } }
    pageInfo { hasNextPage endCursor }
  }
  fragment Person on User { id handle name avatarUrl }`

const PAPER = `
  fragment HfPaper on Paper {
    id arxivId title abstract summary publishedAt listedAt voteCount commentCount githubStars thumbnailUrl
    submittedBy { ...Person }
    organization { id slug name avatarUrl }
    authors(first: 100) { ...Authors }
    topics(kind: KEYWORD) { name }
    links { kind url }
  }
  ${PAPER_FIELDS}`

const PAPERS_BY_IDS = parse(`query ($ids: [ID!]!) { nodes(ids: $ids) { ...HfPaper } } ${PAPER}`)
const PAPER_BY_ARXIV_ID = parse(
  `query ($arxivId: String!) { paper(by: { arxivId: $arxivId }) { ...HfPaper } } ${PAPER}`,
)
const SEARCH = parse(`
  query ($query: String!, $first: Int!, $after: String) {
    search(query: $query, first: $first, after: $after) {
      edges { node { ...HfPaper } titleHighlights { text isMatch } abstractHighlights { text isMatch } }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${PAPER}`)
const NEWEST = parse(`
  query ($first: Int!, $after: String) {
    papers(orderBy: NEWEST, first: $first, after: $after) {
      edges { cursor node { ...HfPaper } }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${PAPER}`)
const LINKS = parse(`
  query ($arxivId: String!) { paper(by: { arxivId: $arxivId }) { links { kind url } } }`)
const MORE_AUTHORS = parse(`
  query ($id: ID!, $after: String!) { node(id: $id) { ... on Paper { authors(first: 100, after: $after) { ...Authors } } } }
  ${PAPER_FIELDS}`)

/** The best matches that have an arXiv id. */
export async function foundPapers(parts: ServerParts, query: string, limit: number): Promise<HfSearchResultData[]> {
  const found: HfSearchResultData[] = []
  for (let after: string | null = null; found.length < limit; ) {
    const { search }: { search: HfSearchData } = await runOwnQuery(parts, SEARCH, {
      query,
      first: Math.min(limit, MAX_PAGE_SIZE),
      after,
    })
    found.push(...search.edges.filter(({ node }) => node.arxivId !== null))
    if (!search.pageInfo.hasNextPage) break
    after = search.pageInfo.endCursor
  }
  return Promise.all(
    found.slice(0, limit).map(async (one) => ({ ...one, node: await withAllAuthors(parts, one.node) })),
  )
}

interface HfSearchData {
  edges: HfSearchResultData[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** A page of the daily list. */
export interface DailyPage {
  filter: PaperFilter
  order: DailyListOrder
  page: number
  limit: number
}

export async function listedPapers(
  parts: ServerParts,
  { filter, order, page, limit }: DailyPage,
): Promise<{ papers: HfPaperData[]; hasNextPage: boolean }> {
  const { listedFrom, listedTo } = filter
  // The day is not in the month.
  if (listedFrom != null && listedTo != null && listedFrom > listedTo) return { papers: [], hasNextPage: false }
  const { ids, hasNextPage } = await dailyListPage(
    parts.db,
    { selection: new PaperSelection(filter), order },
    { page, size: limit },
  )
  if (ids.length === 0) return { papers: [], hasNextPage }
  const { nodes } = await runOwnQuery<{ nodes: (HfPaperData | null)[] }>(parts, PAPERS_BY_IDS, {
    ids: ids.map((id) => encodeGlobalId('Paper', id)),
  })
  // A paper that was hidden after its id was read is null.
  const papers = nodes.filter((paper) => paper !== null)
  return { papers: await withAuthors(parts, papers), hasNextPage }
}

/** The paper with its authors after the hundredth, too. */
async function withAllAuthors(parts: ServerParts, paper: HfPaperData): Promise<HfPaperData> {
  const edges = [...paper.authors.edges]
  let { pageInfo } = paper.authors
  while (pageInfo.hasNextPage) {
    const { node } = await runOwnQuery<{ node: { authors: HfAuthorsData } | null }>(parts, MORE_AUTHORS, {
      id: paper.id,
      after: pageInfo.endCursor,
    })
    if (node === null) break
    edges.push(...node.authors.edges)
    pageInfo = node.authors.pageInfo
  }
  return { ...paper, authors: { edges, pageInfo } }
}

/** The paper with an arXiv id; null if there is none. */
export async function paperOfArxivId(parts: ServerParts, arxivId: string): Promise<HfPaperData | null> {
  const { paper } = await runOwnQuery<{ paper: HfPaperData | null }>(parts, PAPER_BY_ARXIV_ID, { arxivId })
  return paper && withAllAuthors(parts, paper)
}

/** The links of the paper with an arXiv id; null if there is none. */
export async function linksOfArxivId(parts: ServerParts, arxivId: string): Promise<HfPaperData['links'] | null> {
  const { paper } = await runOwnQuery<{ paper: Pick<HfPaperData, 'links'> | null }>(parts, LINKS, { arxivId })
  return paper?.links ?? null
}

interface NewestData {
  papers: {
    edges: { cursor: string; node: HfPaperData }[]
    pageInfo: { hasNextPage: boolean; endCursor: string | null }
  }
}

/** How many pages of the catalogue are read for one of papers with an arXiv id. */
const MAX_READS = 5

/**
 * Papers by publication, newest first, and the cursor of the next page. A page is short where the catalogue has very many
 * papers without an arXiv id.
 */
export async function newestPapers(
  parts: ServerParts,
  { limit, after }: { limit: number; after: string | null },
): Promise<{ papers: HfPaperData[]; cursor: string | null }> {
  const found: HfPaperData[] = []
  let cursor = after
  for (let read = 0; read < MAX_READS; read += 1) {
    const { papers }: NewestData = await runOwnQuery(parts, NEWEST, { first: limit, after: cursor })
    const { hasNextPage, endCursor } = papers.pageInfo
    for (const [place, edge] of papers.edges.entries()) {
      if (edge.node.arxivId === null) continue
      found.push(edge.node)
      if (found.length < limit) continue
      const isLast = place === papers.edges.length - 1 && !hasNextPage
      return { papers: await withAuthors(parts, found), cursor: isLast ? null : edge.cursor }
    }
    cursor = hasNextPage ? endCursor : null
    if (cursor === null) break
  }
  return { papers: await withAuthors(parts, found), cursor }
}

const withAuthors = (parts: ServerParts, papers: HfPaperData[]): Promise<HfPaperData[]> =>
  Promise.all(papers.map((paper) => withAllAuthors(parts, paper)))
