import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { type EmbedPage, FRAME_SCRIPT, renderEmbedMessage, renderEmbedPage } from '../../formats/html/embed-page.ts'
import { LOOK_PARAMETERS, type Look, withLook } from '../../formats/html/look.ts'
import { FEED_DEFAULTS, feedLinks, listAddress } from '../../formats/links.ts'
import { listTitle } from '../../formats/list-title.ts'
import { readParameters } from '../../formats/parameters.ts'
import {
  type CurrentQuery,
  formatPaperQuery,
  PAPER_QUERY,
  PAPER_QUERY_PARAMETERS,
  parseCurrentQuery,
} from '../../formats/query-string.ts'
import { queryOfSaved } from '../../formats/saved-filter.ts'
import { memberNames } from '../../lists/member-names.ts'
import { savedFilterOfToken } from '../../queries/saved-filters.ts'
import type { EditionSpan } from '../../values/editions.ts'
import type { ResponseContent } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'
import { currentList, inEdition } from './edition-queries.ts'
import { EMBED_TYPES } from './embed-types.ts'
import { htmlResponse } from './html-response.ts'
import { pointsOfList, pointsOfSaved } from './list-points.ts'
import { listedPapers, paperCard } from './paper-queries.ts'
import { decodePath, PRIVATE, type Route } from './route.ts'

/** The folder of the custom element's script. */
export const EMBED_ASSETS = new URL('assets/', import.meta.url)

/** A version of the script. */
interface Script {
  /** With the hash of its content, so that the response never changes. */
  name: string
  /** The value of the attribute `integrity`. */
  integrity: string
  body: string
}

/** The parameters of a list as attributes of the element: `minVotes` is `min-votes`. */
const LIST_ATTRIBUTES = PAPER_QUERY_PARAMETERS.map((name) =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
).join(' ')

/** The file without a version in its name. */
const CURRENT = 'embed.js'

/** Comments that have lines of their own are a fifth of what a browser would load. The first line says what the script is. */
const withoutComments = (script: string): string =>
  script.replace(/(?<=\n)[ \t]*(?:\/\/.*|\/\*(?:(?!\*\/)[\s\S])*\*\/)\n/g, '')

/** Reads a script. Versions are kept as they were served. */
function readScript(file: string): Script {
  const text = readFileSync(new URL(file, EMBED_ASSETS), 'utf8')
  const body = file === CURRENT ? withoutComments(text).replace('LIST_ATTRIBUTES', () => LIST_ATTRIBUTES) : text
  const hash = (algorithm: string, encoding: 'hex' | 'base64') => createHash(algorithm).update(body).digest(encoding)
  return {
    name: `embed-${hash('sha256', 'hex').slice(0, 16)}.js`,
    integrity: `sha384-${hash('sha384', 'base64')}`,
    body,
  }
}

/** The script whose file has no version in its name. */
export const currentScript: Script = readScript(CURRENT)

/** The current script and those that pages have pinned before. `npm run embed-script` keeps each version as a file. */
const versions = new Map(
  readdirSync(EMBED_ASSETS)
    .filter((file) => file.endsWith('.js'))
    .map(readScript)
    .map((script) => [script.name, script]),
)

/** The address and hash of the current script, for pages that pin it. */
export const embedScript = (publicUrl: string): { url: string; integrity: string } => ({
  url: `${publicUrl}/${currentScript.name}`,
  integrity: currentScript.integrity,
})

/** The title of an embedded paper. */
export const PAPER_TITLE = 'A paper on Daily Papers'

/** The parameters of an embedded list; the defaults are those of a feed. */
export interface EmbedRequest {
  query: CurrentQuery
  look: Look
}

/** The parameters of an embedded list. */
export const LIST_PARAMETERS = PAPER_QUERY.extend(LOOK_PARAMETERS.shape)

/** @throws BadUserInput */
export function parseEmbed(parameters: URLSearchParams): EmbedRequest {
  const { query, given } = parseCurrentQuery(parameters, FEED_DEFAULTS, LIST_PARAMETERS)
  const { theme, layout, images } = given
  return { query, look: { theme, layout, images } }
}

/** The address of an embedded list, always the same for the same list. */
export function embedAddress(publicUrl: string, { query, look }: EmbedRequest): string {
  const text = formatPaperQuery(query, FEED_DEFAULTS)
  return withLook(`${publicUrl}/embed${text === '' ? '' : `?${text}`}`, look)
}

/** The address of an embedded paper. */
export const embeddedPaperAddress = (publicUrl: string, paperUrl: string, look: Look): string =>
  withLook(`${publicUrl}/embed${paperUrl.slice(publicUrl.length)}`, look)

/** The content of an embedded list, with its editions before and after if it is one. */
export async function embeddedList(
  parts: ServerParts,
  { query, look }: EmbedRequest,
): Promise<Pick<EmbedPage, 'title' | 'papers' | 'edition' | 'look'>> {
  const { query: now, edition } = await currentList(parts, query)
  const step = (to: EditionSpan | null) => to && embedAddress(parts.publicUrl, { query: inEdition(now, to), look })
  const [papers, names] = await Promise.all([listedPapers(parts, now), memberNames(parts.db, query.filter)])
  return {
    title: listTitle(now, names),
    papers,
    look,
    edition: edition && {
      period: edition.period,
      previous: step(edition.previous),
      next: step(edition.next),
    },
  }
}

const list: Route<EmbedRequest> = {
  name: 'embed',
  path: /^\/embed$/,
  parse: ({ url }) => parseEmbed(url.searchParams),
  cacheKey: (request) => embedAddress('', request),
  points: ({ query }) => pointsOfList(query),
  respond: async (request, parts) => {
    const { publicUrl } = parts
    const { query, look } = request
    const page = renderEmbedPage(publicUrl, {
      ...(await embeddedList(parts, request)),
      url: embedAddress(publicUrl, request),
      look,
      all: listAddress(publicUrl, { ...query, first: FEED_DEFAULTS.first }),
      rss: feedLinks(publicUrl, query).rss,
    })
    return htmlResponse(page, framed(parts))
  },
  refuse: (refusal, _request, parts) => refuseInFrame(refusal, parts),
}

/** The list of a saved filter, for whoever knows its token. */
const embeddedSaved: Route<{ token: string; look: Look }> = {
  name: 'embed-saved',
  path: /^\/feeds\/saved\/([\w-]{1,100})\.embed$/,
  parse: ({ url, match }) => ({
    token: match[1] as string,
    look: readParameters(url.searchParams, LOOK_PARAMETERS),
  }),
  cacheKey: ({ token, look }) => withLook(`/feeds/saved/${token}.embed`, look),
  points: ({ token }) => pointsOfSaved(token),
  respond: async ({ token, look }, parts) => {
    const saved = await savedFilterOfToken(parts.db, token)
    if (saved === null)
      return { ...refuseInFrame({ status: 404, message: 'There is no such list here.' }, parts), seconds: 0 }
    const papers = await listedPapers(parts, queryOfSaved(saved))
    const page = renderEmbedPage(parts.publicUrl, {
      url: null,
      title: saved.name,
      look,
      papers,
      edition: null,
      all: null,
      rss: null,
    })
    return htmlResponse(page, { ...framed(parts), headers: PRIVATE })
  },
  refuse: (refusal, _request, parts) => refuseInFrame(refusal, parts),
}

const embeddedPaper: Route<{ name: string | null; look: Look }> = {
  name: 'embed-paper',
  path: /^\/embed\/papers\/(.+)$/,
  parse: ({ url, match }) => ({
    name: decodePath(match[1] as string),
    look: readParameters(url.searchParams, LOOK_PARAMETERS),
  }),
  cacheKey: ({ name, look }) => withLook(`/embed/papers/${name ?? ''} `, look),
  respond: async ({ name, look }, parts) => {
    const { publicUrl } = parts
    const paper = name === null ? null : await paperCard(parts, name)
    if (paper === null) return refuseInFrame({ status: 404, message: 'There is no such paper here.' }, parts)
    const page = renderEmbedPage(publicUrl, {
      url: embeddedPaperAddress(publicUrl, paper.url, look),
      title: PAPER_TITLE,
      look,
      papers: [paper],
      edition: null,
      all: null,
      rss: null,
    })
    return htmlResponse(page, framed(parts))
  },
  refuse: (refusal, _request, parts) => refuseInFrame(refusal, parts),
}

/** Other sites may show these pages in a frame. */
const framed = ({ frameAncestors = '*' }: ServerParts) => ({ frameAncestors, hasForms: false, script: FRAME_SCRIPT })

function refuseInFrame({ status, message }: { status: number; message: string }, parts: ServerParts): ResponseContent {
  const title = status === 404 ? 'Not found' : status < 500 ? 'This address does not work' : 'Not available'
  return htmlResponse(renderEmbedMessage(title, message), { status, ...framed(parts) })
}

const SCRIPT_TYPE = 'text/javascript; charset=utf-8'

/** `/embed.js` is the current script; a name with a version never changes its content. */
const script: Route<string> = {
  name: 'embed-script',
  path: /^\/(embed(?:-[0-9a-f]{16})?\.js)$/,
  parse: ({ match }) => match[1] as string,
  cacheKey: (name) => `/${name}`,
  respond: async (name) => {
    const isCurrent = name === 'embed.js'
    const found = isCurrent ? currentScript : versions.get(name)
    if (found === undefined) return refuseAsScript({ status: 404, message: 'There is no such version of this script.' })
    const headers: Record<string, string> = { 'cross-origin-resource-policy': 'cross-origin' }
    if (!isCurrent) headers['cache-control'] = 'public, max-age=31536000, immutable'
    return { contentType: SCRIPT_TYPE, body: found.body, headers }
  },
  refuse: refuseAsScript,
}

function refuseAsScript({ status, message }: { status: number; message: string }): ResponseContent {
  return { status, contentType: SCRIPT_TYPE, body: `// ${message}\n` }
}

/** Text, so that a browser shows it. */
const types: Route<null> = {
  name: 'embed-types',
  path: /^\/embed\.d\.ts$/,
  parse: () => null,
  cacheKey: () => '/embed.d.ts',
  respond: async () => ({ contentType: 'text/plain; charset=utf-8', body: EMBED_TYPES }),
  refuse: refuseAsScript,
}

export const EMBED_ROUTES: readonly Route[] = [list, embeddedSaved, embeddedPaper, script, types]
