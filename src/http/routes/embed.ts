import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { THEMES, type Theme } from '../../formats/html/document.ts'
import { embedMessage, embedPage } from '../../formats/html/embed-page.ts'
import { FEED_DEFAULTS, feedLinks } from '../../formats/links.ts'
import { listTitle } from '../../formats/list-title.ts'
import { formatPaperQuery, type PaperQuery, parsePaperQuery, readParameters } from '../../formats/query-string.ts'
import { BadUserInput } from '../../values/errors.ts'
import { answerPublic } from './answer-public.ts'
import { answerPage, decodedPath, htmlAnswer } from './html-response.ts'
import { listedPapers, paperCard } from './paper-queries.ts'
import type { Route, Visit } from './route.ts'

const ASSETS = new URL('assets/', import.meta.url)

/** The custom element's script, one version of it. */
interface Script {
  /** Its versioned name: the content's hash is in it, so that what it answers never changes. */
  name: string
  /** For the attribute of that name. */
  integrity: string
  body: string
}

function readScript(file: string): Script {
  const body = readFileSync(new URL(file, ASSETS), 'utf8')
  const hash = (algorithm: string, encoding: 'hex' | 'base64') => createHash(algorithm).update(body).digest(encoding)
  return {
    name: `embed-${hash('sha256', 'hex').slice(0, 16)}.js`,
    integrity: `sha384-${hash('sha384', 'base64')}`,
    body,
  }
}

/** The present script, which has no version in the name of its file, and those of releases before. */
const present = readScript('embed.js')
const versions = new Map(
  readdirSync(ASSETS)
    .filter((file) => file.endsWith('.js'))
    .map(readScript)
    .map((script) => [script.name, script]),
)

/** Where the present script is, for pages that pin it. */
export const embedScript = (publicUrl: string): { url: string; integrity: string } => ({
  url: `${publicUrl}/${present.name}`,
  integrity: present.integrity,
})

/** What the page of one paper in a frame is called. */
export const PAPER_TITLE = 'A paper on Daily Papers'

/** What the address of an embedded list asks for: as many papers as a feed where it doesn't say. */
export interface EmbedRequest {
  query: PaperQuery
  theme: Theme
}

/** @throws BadUserInput that names what is wrong and what is allowed */
export function parseEmbed(parameters: URLSearchParams): EmbedRequest {
  return { query: parsePaperQuery(parameters, FEED_DEFAULTS, ['theme']), theme: parseTheme(parameters) }
}

function parseTheme(parameters: { get(name: string): string | null | undefined }): Theme {
  const given = parameters.get('theme') || 'auto'
  const theme = THEMES.find((one) => one === given.toLowerCase())
  if (theme === undefined) throw new BadUserInput('theme', `"theme" must be one of ${THEMES.join(', ')}.`)
  return theme
}

/** The address of an embedded list, the same for the same list. */
export const embedAddress = (publicUrl: string, { query, theme }: EmbedRequest): string =>
  withTheme(`${publicUrl}/embed`, formatPaperQuery(query, FEED_DEFAULTS), theme)

/** The address of one paper for a frame. */
export const embeddedPaperAddress = (publicUrl: string, paperUrl: string, theme: Theme): string =>
  withTheme(`${publicUrl}/embed${paperUrl.slice(publicUrl.length)}`, '', theme)

function withTheme(address: string, query: string, theme: Theme): string {
  const parameters = [query, theme === 'auto' ? '' : `theme=${theme}`].filter((part) => part !== '')
  return parameters.length === 0 ? address : `${address}?${parameters.join('&')}`
}

export const EMBED_ROUTES: readonly Route[] = [
  { path: /^\/embed$/, answer: answerList },
  { path: /^\/embed\/papers\/(.+)$/, answer: answerPaper },
  { path: /^\/(embed(?:-[0-9a-f]{16})?\.js)$/, answer: answerScript },
]

function answerList(visit: Visit): Promise<void> {
  const { url, publicUrl } = visit
  return answerFrame(visit, async () => {
    const request = parseEmbed(url.searchParams)
    const { query, theme } = request
    return embedPage(publicUrl, {
      url: embedAddress(publicUrl, request),
      title: listTitle(query),
      theme,
      papers: await listedPapers(visit, query),
      rss: feedLinks(publicUrl, query).rss,
    })
  })
}

function answerPaper(visit: Visit): Promise<void> {
  const { url, publicUrl, match } = visit
  return answerFrame(visit, async () => {
    const theme = parseTheme(readParameters(url.searchParams, ['theme']))
    const name = decodedPath(match[1] as string)
    const paper = name === null ? null : await paperCard(visit, name)
    if (paper === null) return null
    return embedPage(publicUrl, {
      url: embeddedPaperAddress(publicUrl, paper.url, theme),
      title: PAPER_TITLE,
      theme,
      papers: [paper],
      rss: null,
    })
  })
}

/** Answers a page that other sites may show in a frame. */
function answerFrame(visit: Visit, draw: () => Promise<string | null>): Promise<void> {
  const { url, frameAncestors = '*' } = visit
  const message = (status: number, title: string, text: string) =>
    htmlAnswer(embedMessage(title, text), { status, frameAncestors })
  return answerPage(
    visit,
    `${url.pathname}${url.search}`,
    async () => {
      const page = await draw()
      return page === null
        ? message(404, 'Not found', 'There is no such paper here.')
        : htmlAnswer(page, { frameAncestors })
    },
    (text) => message(400, 'This address does not work', text),
  )
}

/** The script: without its version in the name as it is now, with it for good. */
function answerScript(visit: Visit): Promise<void> {
  const name = visit.match[1] as string
  const script = name === 'embed.js' ? present : versions.get(name)
  const contentType = 'text/javascript; charset=utf-8'
  const headers: Record<string, string> = { 'cross-origin-resource-policy': 'cross-origin' }
  if (name !== 'embed.js') headers['cache-control'] = 'public, max-age=31536000, immutable'
  return answerPublic(visit, `/${name}`, async () =>
    script === undefined
      ? { status: 404, contentType, body: '// There is no such version of this script.\n' }
      : { contentType, body: script.body, headers },
  )
}
