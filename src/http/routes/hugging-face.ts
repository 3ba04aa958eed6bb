import { parse } from 'graphql'
import { z } from 'zod'
import { encodeGlobalId } from '../../../schema/global-id.ts'
import {
  type HfAuthorsData,
  type HfPaperData,
  type HfSearchResultData,
  hfListItem,
  hfPaperDetail,
  hfSearchItem,
} from '../../formats/hugging-face.ts'
import { checked, form, isText, meaning, wholeNumber } from '../../formats/parameters.ts'
import { type DailyListOrder, dailyListPage } from '../../lists/daily-list.ts'
import type { PaperFilter } from '../../lists/paper-filter.ts'
import { PaperSelection } from '../../lists/paper-list.ts'
import { editionDay, editionIn } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { normalizeArxivId } from '../../values/identifiers.ts'
import { errorJson, type ResponseContent } from '../cache/response.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'
import { decodePath, type Route } from './route.ts'

// The paths of Hugging Face's daily papers, so that tools for them work here with another base URL. Papers without an arXiv
// id are left out, because the format has no other id.
//
// Page numbers have a limit, because finding a page reads all papers before it. Later pages are empty, like those after the
// last paper.
//
// A paper whose list day is in the future, which only an import can create, is in no list before that day: clients take the
// first paper of the list without a date for today's newest.

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 100
const MAX_PAGE = 1_000
const MAX_QUERY = 250
const MAX_FOUND = 120

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
const MORE_AUTHORS = parse(`
  query ($id: ID!, $after: String!) { node(id: $id) { ... on Paper { authors(first: 100, after: $after) { ...Authors } } } }
  ${PAPER_FIELDS}`)

const dailyPapers: Route<ListRequest> = {
  name: 'api-daily-papers',
  path: /^\/api\/daily_papers$/,
  parse: ({ url }, { clock }) => readListRequest(url.searchParams, editionDay(clock, clock.now())),
  cacheKey: ({ given }) => `hf list ${given}`,
  points: ({ limit }) => limit,
  respond: async (request, parts) => {
    if (request.page > MAX_PAGE) return json([])
    const { papers, hasNextPage } = await listPapers(parts, request)
    const isLast = !hasNextPage || request.page === MAX_PAGE
    return json(papers.map(hfListItem), isLast ? {} : { link: nextLink(parts.publicUrl, request) })
  },
  refuse: problem,
}

const paperByArxivId: Route<string | null> = {
  name: 'api-paper',
  path: /^\/api\/papers\/(.+)$/,
  parse: ({ match }) => normalizeArxivId(decodePath(match[1] as string) ?? ''),
  cacheKey: (arxivId) => `hf paper ${arxivId}`,
  respond: async (arxivId, parts) => {
    if (arxivId === null)
      return problem({ status: 404, message: 'There is no such paper: an arXiv id such as 2510.10490 is expected.' })
    const { paper } = await runOwnQuery<{ paper: HfPaperData | null }>(parts, PAPER_BY_ARXIV_ID, { arxivId })
    return paper
      ? json(hfPaperDetail(await withAllAuthors(parts, paper)))
      : problem({ status: 404, message: `There is no paper ${arxivId}.` })
  },
  refuse: problem,
}

const search: Route<SearchRequest> = {
  name: 'api-search',
  path: /^\/api\/papers\/search$/,
  parse: ({ url }) => readSearchRequest(url.searchParams),
  cacheKey: ({ given }) => `hf search ${given}`,
  points: ({ limit }) => limit,
  respond: async ({ query, limit }, parts) => json((await foundPapers(parts, query, limit)).map(hfSearchItem)),
  refuse: problem,
}

const elsewhere: Route<string> = {
  name: 'api-none',
  path: /^\/api(?:\/|$)/,
  parse: ({ url }) => url.pathname,
  cacheKey: (path) => `hf nothing ${path}`,
  respond: async (path) => problem({ status: 404, message: `There is nothing at ${path}.` }),
  refuse: problem,
}

export const HUGGING_FACE_ROUTES: readonly Route[] = [dailyPapers, search, paperByArxivId, elsewhere]

/** The best matches that have an arXiv id. */
async function foundPapers(parts: ServerParts, query: string, limit: number): Promise<HfSearchResultData[]> {
  const found: HfSearchResultData[] = []
  for (let after: string | null = null; found.length < limit; ) {
    const { search }: { search: HfSearchData } = await runOwnQuery(parts, SEARCH, {
      query,
      first: Math.min(limit, MAX_LIMIT),
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

async function listPapers(
  parts: ServerParts,
  { filter, order, page, limit }: ListRequest,
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
  return { papers: await Promise.all(papers.map((paper) => withAllAuthors(parts, paper))), hasNextPage }
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

interface ListRequest {
  filter: PaperFilter
  order: DailyListOrder
  page: number
  limit: number
  /** The known parameters as they were sent. */
  given: URLSearchParams
}

interface SearchRequest {
  query: string
  limit: number
  given: URLSearchParams
}

/**
 * The known parameters that have a value.
 *
 * @throws BadUserInput for one that was sent twice
 */
function readGiven(parameters: URLSearchParams, { shape }: z.ZodObject): URLSearchParams {
  const given = new URLSearchParams()
  for (const name of Object.keys(shape)) {
    const values = parameters.getAll(name).filter((value) => value !== '')
    if (values.length > 1) throw new BadUserInput(name, `"${name}" may be given once only.`)
    if (values[0] !== undefined) given.set(name, values[0])
  }
  return given
}

const SEARCHED = `a search of 1 to ${MAX_QUERY} characters`

/** The parameters of a search. */
export const SEARCH_PARAMETERS = z.object({
  q: z
    .string(`"q" must be ${SEARCHED}.`)
    .refine(isSearchable, `"q" must be ${SEARCHED}.`)
    .meta({ minLength: 1, maxLength: MAX_QUERY }),
  limit: wholeNumber('limit', 1, MAX_FOUND).default(MAX_FOUND),
})

/** @throws BadUserInput */
function readSearchRequest(parameters: URLSearchParams): SearchRequest {
  const given = readGiven(parameters, SEARCH_PARAMETERS)
  const { q: query, limit } = checked(SEARCH_PARAMETERS, Object.fromEntries(given))
  return { query, limit, given }
}

function isSearchable(text: string): boolean {
  return text.trim() !== '' && [...text].length <= MAX_QUERY && isText(text)
}

const SORTS = ['publishedAt', 'trending'] as const

/** The parameters of a list. Others are ignored, as by Hugging Face. */
export const LIST_PARAMETERS = z.object({
  p: meaning(
    (text) => (/^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : text),
    z.int('"p" must be a whole number from 0.').min(0),
  ).default(0),
  limit: wholeNumber('limit', 1, MAX_LIMIT).default(DEFAULT_LIMIT),
  sort: z.enum(SORTS, `"sort" must be one of ${SORTS.join(', ')}.`).optional(),
  date: form('date', 'a calendar day, such as 2026-02-17', dayOf).meta({ format: 'date' }).optional(),
  week: form('week', 'an ISO week, such as 2026-W08, or one of its days', (text) => editionIn('WEEK', text)).optional(),
  month: form('month', 'a month, such as 2026-02, or one of its days', (text) => editionIn('MONTH', text)).optional(),
  submitter: z.string().refine(isText, '"submitter" must be the name of a user.').optional(),
})

/**
 * `date`, `week` and `month` can be combined; a paper must match all of them.
 *
 * @param today the day of the open edition; later days are refused
 * @throws BadUserInput
 */
function readListRequest(parameters: URLSearchParams, today: string): ListRequest {
  const given = readGiven(parameters, LIST_PARAMETERS)
  const { p: page, limit, sort, date, week, month, submitter } = checked(LIST_PARAMETERS, Object.fromEntries(given))
  const filter: PaperFilter = submitter === undefined ? {} : { submitters: [submitter] }
  const spans = [date, week, month].filter((span) => span !== undefined)
  for (const { startsOn, endsOn } of spans) {
    if (startsOn > today) throw new BadUserInput('date', `The latest day is today's, ${today}.`)
    if (filter.listedFrom == null || startsOn > filter.listedFrom) filter.listedFrom = startsOn
    if (filter.listedTo == null || endsOn < filter.listedTo) filter.listedTo = endsOn
  }
  if (filter.listedTo == null || filter.listedTo > today) filter.listedTo = today
  const order = sort === 'trending' ? 'TRENDING' : spans.length > 0 ? 'MOST_VOTED' : 'NEWEST_DAY'
  return { filter, order, page, limit, given }
}

/** A day, or the day of a timestamp, which Hugging Face accepted in 2024. */
function dayOf(text: string) {
  const day = /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)) ? text.slice(0, 10) : text
  return editionIn('DAY', day)
}

function nextLink(publicUrl: string, { given, page }: ListRequest): string {
  const parameters = new URLSearchParams(given)
  parameters.set('p', String(page + 1))
  return `<${publicUrl}/api/daily_papers?${parameters}>; rel="next"`
}

function json(value: unknown, headers: Record<string, string> = {}): ResponseContent {
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(value), headers }
}

/** An error in the form of Hugging Face, which repeats the message in a header. */
function problem({ status, message }: { status: number; message: string }): ResponseContent {
  return { ...errorJson(message, status), headers: { 'x-error-message': message } }
}
