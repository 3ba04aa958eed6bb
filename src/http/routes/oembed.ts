import { editionTitle } from '../../formats/edition-name.ts'
import type { Theme } from '../../formats/html/document.ts'
import { embedHeight } from '../../formats/html/embed-height.ts'
import { escapeText } from '../../formats/html/html.ts'
import { FEED_DEFAULTS, iframe } from '../../formats/links.ts'
import { listTitle } from '../../formats/list-title.ts'
import { readParameters } from '../../formats/query-string.ts'
import { editionDay } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { plainText, type ResponseContent } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'
import { type EmbedRequest, embedAddress, embeddedPaperAddress, PAPER_TITLE, parseEmbed } from './embed.ts'
import { editionNamed } from './pages.ts'
import { listedPapers, paperCard } from './paper-queries.ts'
import { decodePath, type Route } from './route.ts'

const PARAMETERS = ['url', 'format', 'maxwidth', 'maxheight']
const FORMATS = ['json', 'xml'] as const
type Format = (typeof FORMATS)[number]

const WIDTH = 600
const MAX_HEIGHT = 720
/** More papers are higher than `MAX_HEIGHT` at any width. */
const MEASURED_PAPERS = 6

/** A page for a frame, with at least its first papers, from which its height is estimated. */
interface Embeddable {
  title: string
  src: string
  page: Parameters<typeof embedHeight>[0]
}

/** https://oembed.com, version 1.0. Errors are HTTP status codes with a line of text. */
const oembed: Route<URLSearchParams> = {
  path: /^\/oembed$/,
  // Consumers send parameters of their own, such as `dnt` from WordPress, and expect that they are ignored.
  parse: ({ url }) => new URLSearchParams([...url.searchParams].filter(([name]) => PARAMETERS.includes(name))),
  cacheKey: (given) => `/oembed?${given}`,
  respond: async (given, parts) => {
    const parameters = readParameters(given, PARAMETERS)
    const format = FORMATS.find((one) => one === (parameters.get('format') || 'json'))
    if (format === undefined) return plainText(`"format" must be one of ${FORMATS.join(', ')}.`, 501)
    const address = parameters.get('url')
    if (!address) throw new BadUserInput('url', '"url" must be the address of a page of this server.')
    const maxWidth = readSize(parameters, 'maxwidth')
    const maxHeight = readSize(parameters, 'maxheight')

    const found = await embeddableAt(parts, address)
    if (found === null) return plainText('There is nothing to embed at this address.', 404)
    const width = Math.min(WIDTH, maxWidth)
    const height = embedHeight(found.page, width, Math.min(MAX_HEIGHT, maxHeight))
    return write(format, {
      type: 'rich',
      version: '1.0',
      title: found.title,
      provider_name: 'Daily Papers',
      provider_url: `${parts.publicUrl}/`,
      cache_age: 3600,
      html: iframe(found.src, { title: found.title, width, height }),
      width,
      height,
    })
  },
  refuse: ({ status, message }) => plainText(message, status),
}

export const OEMBED_ROUTES: readonly Route[] = [oembed]

function readSize(parameters: Map<string, string>, name: string): number {
  const text = parameters.get(name)
  if (text === undefined || text === '') return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new BadUserInput(name, `"${name}" must be a number of pixels, 1 or more.`)
  return Number(text)
}

/** The embeddable page for an address of this server; null if there is none. */
async function embeddableAt(parts: ServerParts, address: string): Promise<Embeddable | null> {
  const { publicUrl } = parts
  const own = new URL(publicUrl)
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  const base = own.pathname.replace(/\/$/, '')
  if (!/^https?:$/.test(url.protocol) || url.host !== own.host || !url.pathname.startsWith(`${base}/`)) return null
  const path = url.pathname.slice(base.length)
  try {
    const [, paper] = /^(?:\/embed)?\/papers\/(.+)$/.exec(path) ?? []
    if (paper !== undefined) return await embeddablePaper(parts, paper, path.startsWith('/embed') ? url : null)
    const [, edition] = /^\/editions\/(.+)$/.exec(path) ?? []
    if (edition !== undefined) return await embeddableEdition(parts, edition)
    if (path !== '/embed') return null
    const request = parseEmbed(url.searchParams)
    return await embeddableList(parts, request)
  } catch (error) {
    // The address in the parameter is wrong, not the parameter itself: 404.
    if (error instanceof BadUserInput) return null
    throw error
  }
}

async function embeddablePaper(parts: ServerParts, part: string, embed: URL | null): Promise<Embeddable | null> {
  const name = decodePath(part)
  const paper = name === null ? null : await paperCard(parts, name)
  if (paper === null) return null
  const theme: Theme = embed === null ? 'auto' : parseEmbed(embed.searchParams).theme
  return {
    title: paper.title,
    src: embeddedPaperAddress(parts.publicUrl, paper.url, theme),
    page: { title: PAPER_TITLE, papers: [paper] },
  }
}

async function embeddableList(parts: ServerParts, request: EmbedRequest): Promise<Embeddable> {
  const { query } = request
  const title = listTitle(query)
  const papers = await listedPapers(parts, { ...query, first: Math.min(query.first, MEASURED_PAPERS) })
  return { title, src: embedAddress(parts.publicUrl, request), page: { title, papers } }
}

async function embeddableEdition(parts: ServerParts, name: string): Promise<Embeddable | null> {
  const edition = await editionNamed(parts, name)
  const { totalCount = 0 } = edition?.papers ?? {}
  const today = editionDay(parts.clock, parts.clock.now())
  if (edition === null || totalCount === 0 || edition.startsOn > today) return null
  const { startsOn: listedFrom, endsOn: listedTo } = edition
  const query = { ...FEED_DEFAULTS, filter: { listedFrom, listedTo }, orderBy: 'MOST_VOTED' as const }
  return { ...(await embeddableList(parts, { query, theme: 'auto' })), title: editionTitle(edition) }
}

function write(format: Format, fields: Record<string, string | number>): ResponseContent {
  if (format === 'json') return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(fields) }
  const elements = Object.entries(fields).map(([name, value]) => `  <${name}>${escapeXml(String(value))}</${name}>\n`)
  return {
    contentType: 'text/xml; charset=utf-8',
    body: `<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>\n${elements.join('')}</oembed>\n`,
  }
}

/** Without the characters that XML does not allow even as references. */
const escapeXml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression removes them
  escapeText(text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ''))
