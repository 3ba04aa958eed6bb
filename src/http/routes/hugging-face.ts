import { z } from 'zod'
import { SEARCH_COST } from '../../../schema/search.ts'
import { editionAddress } from '../../formats/edition-name.ts'
import { hfCatalogueItem, hfListItem, hfPaperDetail, hfRepositories, hfSearchItem } from '../../formats/hugging-face.ts'
import { checked, form, isText, meaning, wholeNumber } from '../../formats/parameters.ts'
import type { PaperFilter } from '../../lists/paper-filter.ts'
import { type EditionSpan, editionDay, editionIn, editionName } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { normalizeArxivId } from '../../values/identifiers.ts'
import { errorJson, type ResponseContent } from '../cache/response.ts'
import { pointsOf } from '../graphql/limits.ts'
import { errorPage, movedTo } from './html-response.ts'
import {
  type DailyPage,
  foundPapers,
  linksOfArxivId,
  listedPapers,
  newestPapers,
  paperOfArxivId,
} from './hugging-face-queries.ts'
import { decodePath, type Route, type RouteRequest } from './route.ts'

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
const SEARCH_POINTS = pointsOf(SEARCH_COST)

const dailyPapers: Route<ListRequest> = {
  name: 'api-daily-papers',
  path: /^\/api\/daily_papers$/,
  parse: ({ url }, { clock }) => readListRequest(url.searchParams, editionDay(clock, clock.now())),
  cacheKey: ({ given }) => `hf list ${given}`,
  points: ({ limit }) => limit,
  respond: async (request, parts) => {
    if (request.page > MAX_PAGE) return json([])
    const { papers, hasNextPage } = await listedPapers(parts, request)
    const isLast = !hasNextPage || request.page === MAX_PAGE
    return json(papers.map(hfListItem), isLast ? {} : { link: nextLink(parts.publicUrl, request) })
  },
  refuse: problem,
}

const paperByArxivId: Route<string | null> = {
  name: 'api-paper',
  path: /^\/api\/papers\/(.+)$/,
  parse: arxivIdIn,
  cacheKey: (arxivId) => `hf paper ${arxivId}`,
  respond: async (arxivId, parts) => {
    if (arxivId === null) return noPaper(null)
    const paper = await paperOfArxivId(parts, arxivId)
    return paper ? json(hfPaperDetail(paper)) : noPaper(arxivId)
  },
  refuse: problem,
}

/** The repositories of a paper, for tools that show them without the paper. */
const repositories: Route<string | null> = {
  name: 'api-repositories',
  path: /^\/api\/arxiv\/(.+)\/repos$/,
  parse: arxivIdIn,
  cacheKey: (arxivId) => `hf repositories ${arxivId}`,
  respond: async (arxivId, parts) => {
    const links = arxivId === null ? null : await linksOfArxivId(parts, arxivId)
    return links ? json(hfRepositories(links)) : noPaper(arxivId)
  },
  refuse: problem,
}

const catalogue: Route<CatalogueRequest> = {
  name: 'api-papers',
  path: /^\/api\/papers$/,
  parse: ({ url }) => {
    const given = readGiven(url.searchParams, CATALOGUE_PARAMETERS)
    const { cursor = null, limit } = checked(CATALOGUE_PARAMETERS, Object.fromEntries(given))
    return { limit, after: cursor }
  },
  cacheKey: ({ limit, after }) => `hf papers ${limit} ${after}`,
  points: ({ limit }) => limit,
  respond: async (request, parts) => {
    const { papers, cursor } = await newestPapers(parts, request).catch((error) => {
      // GraphQL calls it `after`.
      if (!(error instanceof BadUserInput) || request.after === null) throw error
      throw new BadUserInput('cursor', '"cursor" must be one that this list gave; this one cannot be read.')
    })
    const next = cursor && new URLSearchParams({ limit: String(request.limit), cursor })
    return json(papers.map(hfCatalogueItem), next ? { link: nextPage(`${parts.publicUrl}/api/papers?${next}`) } : {})
  },
  refuse: problem,
}

/** Hugging Face's pages of days, weeks and months lead to the editions here, those of trending papers to all papers. */
const editionPage: Route<EditionSpan | null> = {
  name: 'hf-edition',
  path: /^\/papers\/(date|week|month)\/([^/]+)$/,
  parse: ({ match: [, kind, text = ''] }) => editionIn(PERIODS[kind as keyof typeof PERIODS], text),
  cacheKey: (edition) => `hf edition ${edition && editionName(edition)}`,
  respond: async (edition, { publicUrl }) =>
    edition === null
      ? errorPage(publicUrl, { status: 404, message: 'There is no such day, week or month.' })
      : movedTo(publicUrl, editionAddress(publicUrl, edition)),
  refuse: (refusal, _request, { publicUrl }) => errorPage(publicUrl, refusal),
}

const trendingPage: Route<null> = {
  name: 'hf-trending',
  path: /^\/papers\/trending$/,
  parse: () => null,
  cacheKey: () => 'hf trending',
  respond: async (_, { publicUrl }) => movedTo(publicUrl, `${publicUrl}/papers`),
  refuse: (refusal, _request, { publicUrl }) => errorPage(publicUrl, refusal),
}

const PERIODS = { date: 'DAY', week: 'WEEK', month: 'MONTH' } as const

const search: Route<SearchRequest> = {
  name: 'api-search',
  path: /^\/api\/papers\/search$/,
  parse: ({ url }) => readSearchRequest(url.searchParams),
  cacheKey: ({ given }) => `hf search ${given}`,
  points: ({ limit }) => SEARCH_POINTS + limit,
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

export const HUGGING_FACE_ROUTES: readonly Route[] = [
  dailyPapers,
  search,
  catalogue,
  paperByArxivId,
  repositories,
  elsewhere,
  editionPage,
  trendingPage,
]

interface ListRequest extends DailyPage {
  /** The known parameters as they were sent. */
  given: URLSearchParams
}

interface CatalogueRequest {
  limit: number
  after: string | null
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

/** The parameters of the whole catalogue. */
export const CATALOGUE_PARAMETERS = z.object({
  cursor: z.string().optional(),
  limit: wholeNumber('limit', 1, MAX_LIMIT).default(DEFAULT_LIMIT),
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
  return nextPage(`${publicUrl}/api/daily_papers?${parameters}`)
}

const nextPage = (address: string): string => `<${address}>; rel="next"`

/** The arXiv id in a path; null if it is none. */
function arxivIdIn({ match }: RouteRequest): string | null {
  return normalizeArxivId(decodePath(match[1] as string) ?? '')
}

const noPaper = (arxivId: string | null): ResponseContent =>
  problem({
    status: 404,
    message:
      arxivId === null
        ? 'There is no such paper: an arXiv id such as 2510.10490 is expected.'
        : `There is no paper ${arxivId}.`,
  })

function json(value: unknown, headers: Record<string, string> = {}): ResponseContent {
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(value), headers }
}

/** An error in the form of Hugging Face, which repeats the message in a header. */
function problem({ status, message }: { status: number; message: string }): ResponseContent {
  return { ...errorJson(message, status), headers: { 'x-error-message': message } }
}
