import { parse } from 'graphql'
import { encodeGlobalId } from '../../../schema/global-id.ts'
import {
  type HfAuthorsData,
  type HfFoundData,
  type HfPaperData,
  hfListItem,
  hfPaperDetail,
  hfSearchItem,
} from '../../formats/hugging-face.ts'
import { isText } from '../../formats/query-string.ts'
import { type DailyListOrder, dailyListPage } from '../../lists/daily-list.ts'
import type { PaperFilter } from '../../lists/paper-filter.ts'
import { PaperSelection } from '../../lists/paper-list.ts'
import { editionDay, editionOf, isCalendarDay, monthOf, weekOf } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { normalizeArxivId } from '../../values/identifiers.ts'
import type { Page } from '../cache/response.ts'
import { runFixed } from '../graphql/run-own-query.ts'
import { answerPublic } from './answer-public.ts'
import { answeringBadInput } from './bad-request.ts'
import { decodedPath } from './html-response.ts'
import type { Route, Visit } from './route.ts'

// The paths of Hugging Face's daily papers, so that tools made for them work here by another base URL. Papers without
// an arXiv id are not among these: the format has no other name for a paper.
//
// Numbers of list pages are bounded, because the papers before a page are read to find it: behind the last there is
// nothing, as behind the last paper.
//
// A paper whose list day is still to come, which only an import can bring, is in no list before that day: clients take
// the first paper of the undated list for the newest of today's.

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

const answerList = (visit: Visit): Promise<void> =>
  answeringBadInput(
    visit,
    (message) => problem(400, message),
    async () => {
      const asked = readListRequest(visit.url.searchParams, editionDay(visit.clock, visit.clock.now()))
      await answerPublic(visit, `hf list ${asked.given}`, async () => {
        if (asked.page > MAX_PAGE) return json([])
        const { papers, hasNextPage } = await listPapers(visit, asked)
        const isLast = !hasNextPage || asked.page === MAX_PAGE
        return json(papers.map(hfListItem), isLast ? {} : { link: nextLink(visit.publicUrl, asked) })
      })
    },
  )

async function answerPaper(visit: Visit): Promise<void> {
  const { request, response, pages, match } = visit
  const arxivId = normalizeArxivId(decodedPath(match[1] as string) ?? '')
  if (arxivId === null)
    return pages.answerOnce(
      request,
      response,
      problem(404, 'There is no such paper: an arXiv id such as 2510.10490 is expected.'),
    )
  await answerPublic(visit, `hf paper ${arxivId}`, async () => {
    const { paper } = await runFixed<{ paper: HfPaperData | null }>(visit, PAPER_BY_ARXIV_ID, { arxivId })
    return paper
      ? json(hfPaperDetail(await withAllAuthors(visit, paper)))
      : problem(404, `There is no paper ${arxivId}.`)
  })
}

const answerSearch = (visit: Visit): Promise<void> =>
  answeringBadInput(
    visit,
    (message) => problem(400, message),
    async () => {
      const { query, limit, given } = readSearchRequest(visit.url.searchParams)
      await answerPublic(visit, `hf search ${given}`, async () =>
        json((await foundPapers(visit, query, limit)).map(hfSearchItem)),
      )
    },
  )

/** The best papers for a query that arXiv has; the others are passed over. */
async function foundPapers(visit: Visit, query: string, limit: number): Promise<HfFoundData[]> {
  const found: HfFoundData[] = []
  for (let after: string | null = null; found.length < limit; ) {
    const { search }: { search: HfSearchData } = await runFixed(visit, SEARCH, {
      query,
      first: Math.min(limit, MAX_LIMIT),
      after,
    })
    found.push(...search.edges.filter(({ node }) => node.arxivId !== null))
    if (!search.pageInfo.hasNextPage) break
    after = search.pageInfo.endCursor
  }
  return Promise.all(
    found.slice(0, limit).map(async (one) => ({ ...one, node: await withAllAuthors(visit, one.node) })),
  )
}

interface HfSearchData {
  edges: HfFoundData[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

async function listPapers(
  visit: Visit,
  { filter, order, page, limit }: ListRequest,
): Promise<{ papers: HfPaperData[]; hasNextPage: boolean }> {
  const { listedFrom, listedTo } = filter
  // A day and a month that do not meet.
  if (listedFrom != null && listedTo != null && listedFrom > listedTo) return { papers: [], hasNextPage: false }
  const { ids, hasNextPage } = await dailyListPage(
    visit.db,
    { selection: new PaperSelection(filter), order },
    { page, size: limit },
  )
  if (ids.length === 0) return { papers: [], hasNextPage }
  const { nodes } = await runFixed<{ nodes: (HfPaperData | null)[] }>(visit, PAPERS_BY_IDS, {
    ids: ids.map((id) => encodeGlobalId('Paper', id)),
  })
  // One that was hidden since its id was read is null.
  const papers = nodes.filter((paper) => paper !== null)
  return { papers: await Promise.all(papers.map((paper) => withAllAuthors(visit, paper))), hasNextPage }
}

/** The paper with its authors behind the hundredth as well. */
async function withAllAuthors(visit: Visit, paper: HfPaperData): Promise<HfPaperData> {
  const edges = [...paper.authors.edges]
  let { pageInfo } = paper.authors
  while (pageInfo.hasNextPage) {
    const { node } = await runFixed<{ node: { authors: HfAuthorsData } | null }>(visit, MORE_AUTHORS, {
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
  /** The parameters that count, as given. */
  given: URLSearchParams
}

/** The parameters of a list. Others are ignored, as Hugging Face does. */
const PARAMETERS = ['p', 'limit', 'sort', 'date', 'week', 'month', 'submitter']

/**
 * Those of the parameters that are given.
 *
 * @throws BadUserInput for one that is given twice
 */
function readGiven(parameters: URLSearchParams, names: readonly string[]): URLSearchParams {
  const given = new URLSearchParams()
  for (const name of names) {
    const values = parameters.getAll(name)
    if (values.length > 1) throw new BadUserInput(name, `"${name}" may be given once only.`)
    if (values[0] !== undefined) given.set(name, values[0])
  }
  return given
}

/** A reader of parameters that says what it wanted. */
const readerOf =
  (given: URLSearchParams) =>
  <Value>(name: string, reader: (text: string) => Value | null, wanted: string): Value | null => {
    const text = given.get(name)
    if (text === null) return null
    const value = reader(text)
    if (value === null) throw new BadUserInput(name, `"${name}" must be ${wanted}.`)
    return value
  }

/** @throws BadUserInput */
function readSearchRequest(parameters: URLSearchParams) {
  const given = readGiven(parameters, ['q', 'limit'])
  const read = readerOf(given)
  const limit = read('limit', wholeNumber(1, MAX_FOUND), `a whole number from 1 to ${MAX_FOUND}`) ?? MAX_FOUND
  const wanted = `what to look for, in 1 to ${MAX_QUERY} characters`
  const query = read('q', (text) => (isSearchable(text) ? text : null), wanted)
  if (query === null) throw new BadUserInput('q', `"q" must be ${wanted}.`)
  return { query, limit, given }
}

const isSearchable = (text: string): boolean => text.trim() !== '' && [...text].length <= MAX_QUERY && isText(text)

/**
 * Several of `date`, `week` and `month` narrow each other.
 *
 * @param today the open edition's day; later ones are refused
 * @throws BadUserInput
 */
function readListRequest(parameters: URLSearchParams, today: string): ListRequest {
  const given = readGiven(parameters, PARAMETERS)
  const read = readerOf(given)
  const page = read('p', (text) => (/^\d+$/.test(text) ? Number(text) : null), 'a whole number from 0') ?? 0
  const limit = read('limit', wholeNumber(1, MAX_LIMIT), `a whole number from 1 to ${MAX_LIMIT}`) ?? DEFAULT_LIMIT
  const sort = read('sort', (text) => SORTS.find((known) => known === text) ?? null, `one of ${SORTS.join(', ')}`)
  const submitter = read('submitter', (text) => (isText(text) ? text : null), 'the name of a user')
  const spans = [
    read('date', dayOf, 'a day that the calendar has, such as 2026-02-17'),
    read('week', weekOf, 'an ISO week that the year has, such as 2026-W08'),
    read('month', monthOf, 'a month, such as 2026-02'),
  ].filter((span) => span !== null)

  const filter: PaperFilter = submitter === null ? {} : { submitters: [submitter] }
  for (const { startsOn, endsOn } of spans) {
    if (startsOn > today) throw new BadUserInput('date', `The list ends with today's, ${today}.`)
    if (filter.listedFrom == null || startsOn > filter.listedFrom) filter.listedFrom = startsOn
    if (filter.listedTo == null || endsOn < filter.listedTo) filter.listedTo = endsOn
  }
  if (filter.listedTo == null || filter.listedTo > today) filter.listedTo = today
  const order = sort === 'trending' ? 'TRENDING' : spans.length > 0 ? 'MOST_VOTED' : 'NEWEST_DAY'
  return { filter, order, page, limit, given }
}

const SORTS = ['publishedAt', 'trending'] as const

const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  return value >= least && value <= most ? value : null
}

/** A day. Of a moment the day it begins with counts: Hugging Face took these in 2024. */
function dayOf(text: string) {
  const day = /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)) ? text.slice(0, 10) : text
  return isCalendarDay(day) ? editionOf('DAY', day) : null
}

function nextLink(publicUrl: string, { given, page }: ListRequest): string {
  const parameters = new URLSearchParams(given)
  parameters.set('p', String(page + 1))
  return `<${publicUrl}/api/daily_papers?${parameters}>; rel="next"`
}

const json = (value: unknown, headers: Record<string, string> = {}): Page => ({
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
  headers,
})

/** An error as Hugging Face answers it. The message goes into a header, so that nothing of the request is repeated in it. */
const problem = (status: number, message: string): Page => ({
  ...json({ error: message }, { 'x-error-message': message }),
  status,
})

async function answerNothing({ pages, request, response, url }: Visit): Promise<void> {
  pages.answerOnce(request, response, problem(404, `There is nothing at ${url.pathname}.`))
}

export const HUGGING_FACE_ROUTES: Route[] = [
  { path: /^\/api\/daily_papers$/, answer: answerList, refuse: problem },
  { path: /^\/api\/papers\/search$/, answer: answerSearch, refuse: problem },
  { path: /^\/api\/papers\/(.+)$/, answer: answerPaper, refuse: problem },
  { path: /^\/api(?:\/|$)/, answer: answerNothing, refuse: problem },
]
