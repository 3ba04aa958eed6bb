import { parse } from 'graphql'
import Negotiator from 'negotiator'
import { ICON } from '../../formats/html/document.ts'
import { type EditionView, editionPage } from '../../formats/html/edition-page.ts'
import { type HomeView, homePage } from '../../formats/html/home-page.ts'
import type { PaperCard } from '../../formats/html/paper-card.ts'
import { paperPage } from '../../formats/html/paper-page.ts'
import { paperMarkdown } from '../../formats/markdown.ts'
import { editionDay, isCalendarDay, type Period } from '../../values/editions.ts'
import type { Page } from '../cache/response.ts'
import { runFixed } from '../graphql/run-own-query.ts'
import { answerPublic } from './answer-public.ts'
import { plainText } from './bad-request.ts'
import { embedScript } from './embed.ts'
import { answerPage, decodedPath, htmlAnswer, INERT, notFound } from './html-response.ts'
import { PAPER_CARD, paperInFull } from './paper-queries.ts'
import type { Route, Visit } from './route.ts'

const HOME = parse(/* GraphQL */ `
  query Home {
    edition {
      period startsOn endsOn state
      papers(first: 10) { totalCount nodes { ...PaperCard } }
    }
    papers(first: 5) { nodes { ...PaperCard } }
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
      papers(first: 100) { totalCount nodes { ...PaperCard } }
    }
  }
  ${PAPER_CARD}
`)

/** The edition that a part of a path names (`2026-02-17`, `week/2026-02-16`), whether it has papers or not; or null. */
export async function editionNamed(visit: Visit, name: string): Promise<EditionView | null> {
  const [, period = 'day', date] = /^(?:(day|week|month)\/)?(\d{4}-\d\d-\d\d)$/.exec(name) ?? []
  if (date === undefined || !isCalendarDay(date)) return null
  const variables = { period: period.toUpperCase() as Period, date }
  return (await runFixed<{ edition: EditionView }>(visit, EDITION, variables)).edition
}

export const PAGE_ROUTES: readonly Route[] = [
  { path: /^\/$/, answer: answerHome },
  { path: /^\/papers\/(.+?)(\.md)?$/, answer: answerPaper },
  { path: /^\/editions\/(.+)$/, answer: answerEdition },
  { path: /^\/robots\.txt$/, answer: answerRobots },
  // Browsers ask for it where there is no page to name one: over feeds, Markdown and GraphiQL.
  { path: /^\/favicon\.ico$/, answer: answerIcon },
]

interface HomeData {
  edition: HomeView['edition']
  papers: { nodes: PaperCard[] }
  topics: { nodes: { slug: string }[] }
}

function answerHome(visit: Visit): Promise<void> {
  const { publicUrl } = visit
  return answer(visit, '/', async () => {
    const { edition, papers, topics } = await runFixed<HomeData>(visit, HOME, {})
    const topic = topics.nodes[0]?.slug ?? null
    const script = embedScript(publicUrl)
    return htmlAnswer(homePage(publicUrl, { edition, trending: papers.nodes, topic, script }))
  })
}

function answerPaper(visit: Visit): Promise<void> {
  const { request, publicUrl, match } = visit
  const name = decodedPath(match[1] as string)
  const isMarkdown =
    match[2] !== undefined || new Negotiator(request).mediaType(['text/html', 'text/markdown']) === 'text/markdown'
  // An address that ends in `.md` is Markdown whatever is accepted.
  const headers: Record<string, string> = match[2] === undefined ? { vary: 'Accept, Accept-Encoding' } : {}
  const none = 'There is no paper at this address. It may have been taken down, or never have been here.'
  const refuse = (): Page =>
    isMarkdown
      ? { status: 404, contentType: 'text/plain; charset=utf-8', body: `${none}\n`, headers }
      : notFound(publicUrl, none, headers)
  const key = `/papers/${match[1]} ${isMarkdown ? 'markdown' : 'html'} ${match[2] ?? ''}`
  return answerPage(
    visit,
    key,
    async () => {
      const paper = name === null ? null : await paperInFull(visit, name)
      if (paper === null) return refuse()
      if (!isMarkdown) return htmlAnswer(paperPage(publicUrl, paper), { headers })
      return {
        contentType: 'text/markdown; charset=utf-8',
        body: paperMarkdown(publicUrl, paper),
        headers: { ...INERT, ...headers, link: `<${paper.url}>; rel="canonical"` },
      }
    },
    refuse,
    { byAddress: match[2] !== undefined },
  )
}

function answerEdition(visit: Visit): Promise<void> {
  const { publicUrl, match } = visit
  return answer(visit, `/editions/${match[1]}`, async () => {
    const edition = await editionNamed(visit, match[1] as string)
    if (edition === null)
      return notFound(publicUrl, 'An edition is named by its day, such as /editions/2026-02-17, or week/2026-02-16.')
    if (edition.startsOn > editionDay(visit.clock, visit.clock.now()))
      return notFound(publicUrl, 'This edition has not begun yet: there is nothing in it to show.')
    if (edition.papers.totalCount === 0 && edition.state === 'FINAL')
      return notFound(publicUrl, 'No papers were listed then.')
    return htmlAnswer(editionPage(publicUrl, edition))
  })
}

/** Everything may be read, by everyone. */
function answerRobots(visit: Visit): Promise<void> {
  return answerPublic(visit, '/robots.txt', async () => plainText('User-agent: *\nAllow: /'))
}

function answerIcon(visit: Visit): Promise<void> {
  const headers = { ...INERT, 'cache-control': 'public, max-age=86400' }
  return answerPublic(visit, '/favicon.ico', async () => ({
    contentType: 'image/svg+xml',
    body: ICON,
    headers,
  }))
}

const answer = (visit: Visit, key: string, make: () => Promise<Page>): Promise<void> =>
  answerPage(visit, key, make, (message) => notFound(visit.publicUrl, message))
