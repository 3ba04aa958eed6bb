import { editionTitle } from '../../formats/edition-name.ts'
import type { Theme } from '../../formats/html/document.ts'
import { embedHeight } from '../../formats/html/embed-height.ts'
import { escapeText } from '../../formats/html/html.ts'
import { FEED_DEFAULTS, iframe } from '../../formats/links.ts'
import { listTitle } from '../../formats/list-title.ts'
import { readParameters } from '../../formats/query-string.ts'
import { editionDay } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import type { Page } from '../cache/response.ts'
import { type EmbedRequest, embedAddress, embeddedPaperAddress, PAPER_TITLE, parseEmbed } from './embed.ts'
import { answerPage, decodedPath } from './html-response.ts'
import { editionNamed } from './pages.ts'
import { listedPapers, paperCard } from './paper-queries.ts'
import type { Route, Visit } from './route.ts'

export const OEMBED_ROUTES: readonly Route[] = [{ path: /^\/oembed$/, answer }]

const PARAMETERS = ['url', 'format', 'maxwidth', 'maxheight']
const FORMATS = ['json', 'xml'] as const
type Format = (typeof FORMATS)[number]

const WIDTH = 600
const MAX_HEIGHT = 720
/** More are higher than that in any width. */
const MEASURED_PAPERS = 6

/** A page that can be shown in a frame, with the first of its papers at least. */
interface Embeddable {
  title: string
  src: string
  page: Parameters<typeof embedHeight>[0]
}

function answer(visit: Visit): Promise<void> {
  const given = knownParameters(visit.url.searchParams)
  return answerPage(
    visit,
    `/oembed?${given}`,
    () => oembed(visit, given),
    (message) => refusal(400, message),
  )
}

/** Consumers send parameters of their own, such as WordPress its `dnt`, and expect those to be ignored. */
const knownParameters = (parameters: URLSearchParams): URLSearchParams =>
  new URLSearchParams([...parameters].filter(([name]) => PARAMETERS.includes(name)))

/** oEmbed 1.0: https://oembed.com. Errors are HTTP's. */
async function oembed(visit: Visit, given: URLSearchParams): Promise<Page> {
  const parameters = readParameters(given, PARAMETERS)
  const format = FORMATS.find((one) => one === (parameters.get('format') || 'json'))
  if (format === undefined) return refusal(501, `"format" must be one of ${FORMATS.join(', ')}.`)
  const address = parameters.get('url')
  if (!address) throw new BadUserInput('url', '"url" must be the address of a page of this server.')
  const maxWidth = readSize(parameters, 'maxwidth')
  const maxHeight = readSize(parameters, 'maxheight')

  const found = await embeddableAt(visit, address)
  if (found === null) return refusal(404, 'There is nothing to embed at this address.')
  const width = Math.min(WIDTH, maxWidth)
  const height = embedHeight(found.page, width, Math.min(MAX_HEIGHT, maxHeight))
  return write(format, {
    type: 'rich',
    version: '1.0',
    title: found.title,
    provider_name: 'Daily Papers',
    provider_url: `${visit.publicUrl}/`,
    cache_age: 3600,
    html: iframe(found.src, { title: found.title, width, height }),
    width,
    height,
  })
}

function readSize(parameters: Map<string, string>, name: string): number {
  const text = parameters.get(name)
  if (text === undefined || text === '') return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new BadUserInput(name, `"${name}" must be a number of pixels, 1 or more.`)
  return Number(text)
}

/** What is shown in a frame for an address of this server; null where there is nothing. */
async function embeddableAt(visit: Visit, address: string): Promise<Embeddable | null> {
  const { publicUrl } = visit
  const own = new URL(publicUrl)
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  const base = own.pathname.replace(/\/$/, '')
  if (!/^https?:$/.test(url.protocol) || url.host !== own.host || !url.pathname.startsWith(`${base}/`)) return null
  const path = url.pathname.slice(base.length)
  try {
    const [, paper] = /^(?:\/embed)?\/papers\/(.+)$/.exec(path) ?? []
    if (paper !== undefined) return await embeddablePaper(visit, paper, path.startsWith('/embed') ? url : null)
    const [, edition] = /^\/editions\/(.+)$/.exec(path) ?? []
    if (edition !== undefined) return await embeddableEdition(visit, edition)
    if (path !== '/embed') return null
    const request = parseEmbed(url.searchParams)
    return await embeddableList(visit, request)
  } catch (error) {
    // The address is wrong, not the question about it.
    if (error instanceof BadUserInput) return null
    throw error
  }
}

async function embeddablePaper(visit: Visit, part: string, embed: URL | null): Promise<Embeddable | null> {
  const name = decodedPath(part)
  const paper = name === null ? null : await paperCard(visit, name)
  if (paper === null) return null
  const theme: Theme = embed === null ? 'auto' : parseEmbed(embed.searchParams).theme
  return {
    title: paper.title,
    src: embeddedPaperAddress(visit.publicUrl, paper.url, theme),
    page: { title: PAPER_TITLE, papers: [paper] },
  }
}

async function embeddableList(visit: Visit, request: EmbedRequest): Promise<Embeddable> {
  const { query } = request
  const title = listTitle(query)
  const papers = await listedPapers(visit, { ...query, first: Math.min(query.first, MEASURED_PAPERS) })
  return { title, src: embedAddress(visit.publicUrl, request), page: { title, papers } }
}

async function embeddableEdition(visit: Visit, name: string): Promise<Embeddable | null> {
  const edition = await editionNamed(visit, name)
  const { totalCount = 0 } = edition?.papers ?? {}
  const today = editionDay(visit.clock, visit.clock.now())
  if (edition === null || totalCount === 0 || edition.startsOn > today) return null
  const { startsOn: listedFrom, endsOn: listedTo } = edition
  const query = { ...FEED_DEFAULTS, filter: { listedFrom, listedTo }, orderBy: 'MOST_VOTED' as const }
  return { ...(await embeddableList(visit, { query, theme: 'auto' })), title: editionTitle(edition) }
}

function write(format: Format, answer: Record<string, string | number>): Page {
  if (format === 'json') return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(answer) }
  const fields = Object.entries(answer).map(([name, value]) => `  <${name}>${escapeXml(String(value))}</${name}>\n`)
  return {
    contentType: 'text/xml; charset=utf-8',
    body: `<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>\n${fields.join('')}</oembed>\n`,
  }
}

/** Without what no XML document may have, escaped or not. */
const escapeXml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  escapeText(text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ''))

const refusal = (status: number, message: string): Page => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: `${message}\n`,
})
