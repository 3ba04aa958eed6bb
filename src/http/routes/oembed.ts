import { z } from 'zod'
import { editionTitle } from '../../formats/edition-name.ts'
import { editionCard } from '../../formats/html/edition-page.ts'
import { embedHeight } from '../../formats/html/embed-height.ts'
import { escapeText } from '../../formats/html/html.ts'
import { type Look, readListLook, USUAL_LOOK } from '../../formats/html/look.ts'
import { authorNames, type PaperCard } from '../../formats/html/paper-card.ts'
import { linkCardAddress, paperLinkCard } from '../../formats/link-cards.ts'
import { FEED_DEFAULTS, iframe } from '../../formats/links.ts'
import { checked, isText, meaning, oneOf } from '../../formats/parameters.ts'
import { type AddressedPicture, shownPictures } from '../../formats/picture-addresses.ts'
import type { PaperOrderName } from '../../lists/paper-orders.ts'
import { hasBegun, newestNamed } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import { LINK_CARD_SIZE } from '../../values/pictures.ts'
import { errorJson, plainText, type ResponseContent } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'
import { tidyPath } from '../request-target.ts'
import {
  type EmbedRequest,
  embedAddress,
  embeddedList,
  embeddedPaperAddress,
  PAPER_TITLE,
  parseEmbed,
} from './embed.ts'
import { pointsOfList } from './list-points.ts'
import { editionView } from './pages.ts'
import { paperCard } from './paper-queries.ts'
import { decodePath, type Route, type RouteRefusal } from './route.ts'

const FORMATS = ['json', 'xml'] as const
type Format = (typeof FORMATS)[number]

/** A number of pixels. Consumers compute it; what is not a size, such as `100%` or `0`, does not limit the size. */
const SIZE = meaning(readSize, z.int().min(1).optional()).optional()

/** The parameters. A format that is unknown is not a wrong parameter: oEmbed has a status of its own for it. */
export const OEMBED_PARAMETERS = z.object({
  url: z.string('"url" must be the address of a page of this server.'),
  format: oneOf('format', FORMATS).default('json'),
  maxwidth: SIZE,
  maxheight: SIZE,
})
const PARAMETERS = OEMBED_PARAMETERS.omit({ format: true })

const WIDTH = 600
const MAX_HEIGHT = 720
/** More papers are higher than `MAX_HEIGHT` at any width. */
const MEASURED_PAPERS = 6

/** A page for a frame, with at least its first papers, from which its height is estimated. */
interface Embeddable {
  title: string
  /** Null for a list, which nobody has written. */
  author: { name: string; url: string | null } | null
  /** Pictures of it, the largest first. */
  thumbnails: readonly AddressedPicture[]
  src: string
  page: Parameters<typeof embedHeight>[0]
}

interface OembedRequest {
  /** Null if it is unknown. */
  format: Format | null
  address: string
  width: number
  maxHeight: number
  /** The limits as they were given, for the thumbnail. */
  most: { width: number; height: number }
}

/** https://oembed.com, version 1.0. Errors are HTTP status codes, with a sentence in the requested format. */
const oembed: Route<OembedRequest> = {
  name: 'oembed',
  path: /^\/oembed$/,
  parse: ({ url: { searchParams } }) => {
    const given = readGiven(searchParams)
    const {
      url,
      maxwidth = Number.POSITIVE_INFINITY,
      maxheight = Number.POSITIVE_INFINITY,
    } = checked(PARAMETERS, given)
    return {
      format: formatOf(given.format),
      address: url,
      width: Math.min(WIDTH, maxwidth),
      maxHeight: Math.min(MAX_HEIGHT, maxheight),
      most: { width: maxwidth, height: maxheight },
    }
  },
  cacheKey: ({ format, address, most }) => `/oembed ${format} ${most.width} ${most.height} ${address}`,
  points: ({ address }) => pointsOfList({ first: MEASURED_PAPERS, filter: { like: likeAt(address) } }),
  respond: async ({ format, address, width, maxHeight, most }, parts) => {
    if (format === null) return plainText(`"format" must be one of ${FORMATS.join(', ')}.`, 501)
    const found = await embeddableAt(parts, address)
    if (found === null) return refuseAs(format, { status: 404, message: 'There is nothing to embed at this address.' })
    const height = embedHeight(found.page, width, maxHeight)
    // The limits are for thumbnails, too, also where the frame is smaller than they allow.
    const thumbnail = found.thumbnails.find((one) => one.width <= most.width && one.height <= most.height)
    return write(format, {
      type: 'rich',
      version: '1.0',
      title: found.title,
      ...(found.author && {
        author_name: found.author.name,
        ...(found.author.url && { author_url: found.author.url }),
      }),
      provider_name: 'Daily Papers',
      provider_url: `${parts.publicUrl}/`,
      cache_age: 3600,
      html: iframe(found.src, { title: found.title, width, height }),
      width,
      height,
      ...(thumbnail && {
        thumbnail_url: thumbnail.src,
        thumbnail_width: thumbnail.width,
        thumbnail_height: thumbnail.height,
      }),
    })
  },
  // Not `readGiven`, which may have thrown the error.
  refuse: (refusal, { url }) => refuseAs(formatOf(url.searchParams.get('format') ?? undefined) ?? 'json', refusal),
}

export const OEMBED_ROUTES: readonly Route[] = [oembed]

/** What consumers send for a value that they do not have: JavaScript writes its missing values as text. */
const NO_VALUE = /^(?:undefined|null|nan)?$/i

/**
 * The parameters that have a value. Consumers append theirs to an address that may have them already, and send more of their
 * own, such as `dnt` from WordPress; they expect that these are ignored.
 *
 * @throws BadUserInput for one that has several values
 */
function readGiven(parameters: URLSearchParams): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of Object.keys(OEMBED_PARAMETERS.shape)) {
    const values = new Set(parameters.getAll(name).filter((value) => !NO_VALUE.test(value)))
    if (values.size > 1) throw new BadUserInput(name, `"${name}" may be given once only.`)
    for (const value of values) {
      if (!isText(value)) throw new BadUserInput(name, `"${name}" must be text without NUL characters, in UTF-8.`)
      given[name] = value
    }
  }
  return given
}

/** JSON by default; null for an unknown format. */
function formatOf(given = ''): Format | null {
  const { data } = OEMBED_PARAMETERS.shape.format.safeParse(NO_VALUE.test(given) ? undefined : given)
  return data ?? null
}

/** Undefined for what is not a size. */
function readSize(text: string): number | undefined {
  const [, digits] = /^\s*(\d+(?:\.\d*)?)(?:px)?\s*$/i.exec(text) ?? []
  return Math.min(Math.floor(Number(digits ?? 0)), Number.MAX_SAFE_INTEGER) || undefined
}

/** The papers to which those of a list at an address are alike. */
const likeAt = (address: string): string[] =>
  URL.canParse(address) ? new URL(address).searchParams.getAll('like') : []

/** The embeddable page for an address of this server; null if there is none. */
async function embeddableAt(parts: ServerParts, address: string): Promise<Embeddable | null> {
  const { publicUrl } = parts
  const own = new URL(publicUrl)
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  const base = own.pathname.replace(/\/$/, '')
  if (!/^https?:$/.test(url.protocol) || url.host !== own.host || !url.pathname.startsWith(`${base}/`)) return null
  const path = tidyPath(url.pathname.slice(base.length))
  try {
    const [, paper] = /^(?:\/embed)?\/papers\/(.+?)(?:\.md)?$/.exec(path) ?? []
    if (paper !== undefined) return await embeddablePaper(parts, paper, path.startsWith('/embed') ? url : null)
    const [, edition] = /^\/editions\/(.+)$/.exec(path) ?? []
    if (path === '/') return await embeddableEdition(parts, 'day', USUAL_LOOK)
    const look: Look = { ...USUAL_LOOK, ...readListLook(url.searchParams) }
    if (edition !== undefined) return await embeddableEdition(parts, edition, look)
    if (path === '/embed' || path === '/papers') {
      url.searchParams.delete('after')
      return await embeddableList(parts, parseEmbed(url.searchParams))
    }
    const [, folder = '', name = ''] = /^\/(topics|authors|organizations|users)\/([^/]+)$/.exec(path) ?? []
    return await embeddableSubject(parts, folder, decodePath(name), look)
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
  const look = embed === null ? USUAL_LOOK : parseEmbed(embed.searchParams).look
  return {
    title: paper.title,
    author: authorOf(paper),
    thumbnails: [
      cardPicture(linkCardAddress(parts.publicUrl, 'papers', paper.arxivId ?? paper.id, paperLinkCard(paper))),
      ...(
        shownPictures(parts.publicUrl, 'papers', { id: paper.id, source: paper.thumbnailUrl }, 'jpg') ?? []
      ).reverse(),
    ],
    src: embeddedPaperAddress(parts.publicUrl, paper.url, look),
    page: { title: PAPER_TITLE, papers: [paper], edition: null, look },
  }
}

const cardPicture = (src: string): AddressedPicture => ({ src, ...LINK_CARD_SIZE })

function authorOf({ authors }: PaperCard): Embeddable['author'] {
  const [first] = authors.nodes
  return first ? { name: authorNames(authors), url: authors.totalCount === 1 ? first.url : null } : null
}

/** The filter field and the order of the lists that have pages of their own. */
const SUBJECTS: Record<
  string,
  { field: 'topics' | 'authors' | 'organizations' | 'submitters'; orderBy: PaperOrderName }
> = {
  topics: { field: 'topics', orderBy: 'TRENDING' },
  authors: { field: 'authors', orderBy: 'NEWEST' },
  organizations: { field: 'organizations', orderBy: 'NEWEST' },
  users: { field: 'submitters', orderBy: 'RECENTLY_LISTED' },
}

/** The list of a topic, author, organization or user; null if there is none, or if it is empty. */
async function embeddableSubject(
  parts: ServerParts,
  folder: string,
  name: string | null,
  look: Look,
): Promise<Embeddable | null> {
  const subject = SUBJECTS[folder]
  if (subject === undefined || name === null || !isText(name)) return null
  const query = { ...FEED_DEFAULTS, orderBy: subject.orderBy, filter: { [subject.field]: [name] }, newest: null }
  const list = await embeddableList(parts, { query, look })
  return list.page.papers.length === 0 ? null : list
}

async function embeddableList(parts: ServerParts, request: EmbedRequest): Promise<Embeddable> {
  const { query } = request
  const measured = { ...query, first: Math.min(query.first, MEASURED_PAPERS) }
  const page = await embeddedList(parts, { ...request, query: measured })
  return { title: page.title, author: null, thumbnails: [], src: embedAddress(parts.publicUrl, request), page }
}

async function embeddableEdition(parts: ServerParts, name: string, look: Look): Promise<Embeddable | null> {
  const found = await editionView(parts, name)
  if (found === null) return null
  const { edition } = found
  if (edition.papers.totalCount === 0 || !hasBegun(edition, parts.clock)) return null
  const { startsOn: listedFrom, endsOn: listedTo } = edition
  const newest = newestNamed(name)
  const filter = newest === null ? { listedFrom, listedTo } : {}
  const query = { ...FEED_DEFAULTS, filter, orderBy: 'MOST_VOTED' as const, newest }
  return {
    ...(await embeddableList(parts, { query, look })),
    title: editionTitle(edition),
    thumbnails: [cardPicture(editionCard(parts.publicUrl, edition))],
  }
}

const refuseAs = (format: Format, { status, message }: RouteRefusal): ResponseContent =>
  format === 'json' ? errorJson(message, status) : { ...write(format, { error: message }), status }

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
