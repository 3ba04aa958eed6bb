import { parse } from 'graphql'
import { ICON } from '../../formats/html/document.ts'
import { type EditionView, renderEditionPage } from '../../formats/html/edition-page.ts'
import { type HomeView, renderHomePage } from '../../formats/html/home-page.ts'
import type { PaperCard } from '../../formats/html/paper-card.ts'
import { type PaperView, renderPaperPage } from '../../formats/html/paper-page.ts'
import { paperMarkdown } from '../../formats/markdown.ts'
import { MAX_PAGE_SIZE } from '../../lists/page.ts'
import { EDITION_NAME_FORMS, editionNamed, hasBegun } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { mediaTypeNegotiator } from '../accept.ts'
import { plainText, type ResponseContent } from '../cache/response.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'
import { embedScript } from './embed.ts'
import { errorPage, htmlResponse, INERT } from './html-response.ts'
import { PAPER_CARD, paperInFull } from './paper-queries.ts'
import { decodePath, type Route, type RouteRefusal, type RouteRequest } from './route.ts'

/** How many papers the home page shows of each list. */
const HOME_PAPERS = { newest: 10, trending: 5 }

const HOME = parse(/* GraphQL */ `
  query Home {
    edition {
      period startsOn endsOn state
      papers(first: ${HOME_PAPERS.newest}) { totalCount nodes { ...PaperCard } }
    }
    papers(first: ${HOME_PAPERS.trending}) { nodes { ...PaperCard } }
    topics(first: 1, orderBy: TRENDING) { nodes { slug } }
  }
  ${PAPER_CARD}
`)

const EDITION = parse(/* GraphQL */ `
  query Edition($period: Period!, $date: Date!) {
    edition(period: $period, date: $date) {
      period startsOn endsOn state
      previous { period startsOn endsOn }
      next { period startsOn endsOn }
      papers(first: ${MAX_PAGE_SIZE}) { totalCount nodes { ...PaperCard } }
    }
  }
  ${PAPER_CARD}
`)

/** The edition that part of a path names, with or without papers; null if it names none. */
export async function editionView(parts: ServerParts, name: string): Promise<EditionView | null> {
  const edition = editionNamed(name)
  if (edition === null) return null
  const variables = { period: edition.period, date: edition.startsOn }
  return (await runOwnQuery<{ edition: EditionView }>(parts, EDITION, variables)).edition
}

/** The path of a page is its only parameter, so a wrong one is a page that does not exist. */
const refuse = ({ status, message }: RouteRefusal, _request: RouteRequest, { publicUrl }: ServerParts) =>
  errorPage(publicUrl, { status: status === 400 ? 404 : status, message })

interface HomeData {
  edition: HomeView['edition']
  papers: { nodes: PaperCard[] }
  topics: { nodes: { slug: string }[] }
}

const home: Route = {
  name: 'home',
  path: /^\/$/,
  parse: () => null,
  cacheKey: () => '/',
  points: () => HOME_PAPERS.newest + HOME_PAPERS.trending,
  respond: async (_, parts) => {
    const { publicUrl } = parts
    const { edition, papers, topics } = await runOwnQuery<HomeData>(parts, HOME, {})
    const topic = topics.nodes[0]?.slug ?? null
    return htmlResponse(
      renderHomePage(publicUrl, { edition, trending: papers.nodes, topic, script: embedScript(publicUrl) }),
      { hasForms: true },
    )
  },
  refuse,
}

const NO_PAPER = 'There is no paper at this address. It may have been removed, or it never existed.'

const negotiatePaper = mediaTypeNegotiator(['text/html', 'text/markdown'])
const isMarkdownPreferred = ({ accept }: RouteRequest): boolean => negotiatePaper(accept) === 'text/markdown'
const BY_ACCEPT = { vary: 'Accept, Accept-Encoding' }
const MARKDOWN_TYPE = 'text/markdown; charset=utf-8'

/** A paper as a page or as Markdown, whichever the client prefers. */
const paper: Route<{ name: string; isMarkdown: boolean }> = {
  name: 'paper',
  path: /^\/papers\/(.+)$/,
  negotiates: true,
  parse: (request) => ({ name: request.match[1] as string, isMarkdown: isMarkdownPreferred(request) }),
  cacheKey: ({ name, isMarkdown }) => `/papers/${name} ${isMarkdown ? 'markdown' : 'html'}`,
  respond: async ({ name, isMarkdown }, parts) => {
    const { publicUrl } = parts
    if (isMarkdown) return markdownOf(parts, name, BY_ACCEPT)
    const found = await paperNamed(parts, name)
    if (found === null) return errorPage(publicUrl, { status: 404, message: NO_PAPER }, BY_ACCEPT)
    return htmlResponse(renderPaperPage(publicUrl, found), { headers: BY_ACCEPT })
  },
  refuse: ({ status, message }, request, { publicUrl }) =>
    isMarkdownPreferred(request)
      ? { ...errorMarkdown(message, status), headers: BY_ACCEPT }
      : errorPage(publicUrl, { status, message }, BY_ACCEPT),
}

/** A path that ends in `.md` is Markdown whatever the client prefers. */
const paperAsMarkdown: Route<string> = {
  name: 'paper-markdown',
  path: /^\/papers\/(.+)\.md$/,
  parse: ({ match }) => match[1] as string,
  cacheKey: (name) => `/papers/${name}.md`,
  respond: (name, parts) => markdownOf(parts, name, {}),
  refuse: ({ status, message }) => errorMarkdown(message, status),
}

/** A sentence of ours is Markdown as it is. */
const errorMarkdown = (message: string, status: number): ResponseContent => ({
  ...plainText(message, status),
  contentType: MARKDOWN_TYPE,
})

async function markdownOf(parts: ServerParts, name: string, headers: Record<string, string>): Promise<ResponseContent> {
  const found = await paperNamed(parts, name)
  if (found === null) return { ...errorMarkdown(NO_PAPER, 404), headers }
  return {
    contentType: MARKDOWN_TYPE,
    body: paperMarkdown(parts.publicUrl, found),
    headers: { ...INERT, ...headers, link: `<${found.url}>; rel="canonical"` },
  }
}

/** The paper that a part of a path names; null if there is none, or if the part is not the name of a paper. */
async function paperNamed(parts: ServerParts, part: string): Promise<PaperView | null> {
  const name = decodePath(part)
  try {
    return name === null ? null : await paperInFull(parts, name)
  } catch (error) {
    if (error instanceof BadUserInput) return null
    throw error
  }
}

const edition: Route<string> = {
  name: 'edition',
  path: /^\/editions\/(.+)$/,
  parse: ({ match }) => match[1] as string,
  cacheKey: (name) => `/editions/${name}`,
  points: () => MAX_PAGE_SIZE,
  respond: async (name, parts) => {
    const { publicUrl, clock } = parts
    const notFound = (message: string) => errorPage(publicUrl, { status: 404, message })
    const found = await editionView(parts, name)
    if (found === null) return notFound(`The address of an edition ends in ${EDITION_NAME_FORMS}.`)
    if (!hasBegun(found, clock)) return notFound('This edition has not begun yet.')
    if (found.papers.totalCount === 0 && found.state === 'FINAL') return notFound('This edition has no papers.')
    return htmlResponse(renderEditionPage(publicUrl, found))
  },
  refuse,
}

/** Crawlers may read everything. */
const robots: Route = {
  name: 'robots',
  path: /^\/robots\.txt$/,
  parse: () => null,
  cacheKey: () => '/robots.txt',
  respond: async () => plainText('User-agent: *\nAllow: /'),
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

export const PAGE_ROUTES: readonly Route[] = [home, paperAsMarkdown, paper, edition, robots, favicon]
