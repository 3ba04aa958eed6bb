import { parse } from 'graphql'
import { citedDoi } from '../../formats/citation/citation.ts'
import { CITATION_FORMATS, type CitationFormatName } from '../../formats/citation/formats.ts'
import { renderPaperPage } from '../../formats/html/paper-page.ts'
import { paperMarkdown } from '../../formats/markdown.ts'
import { BadUserInput } from '../../values/errors.ts'
import { doiAddress } from '../../values/identifiers.ts'
import { mediaTypeNegotiator } from '../accept.ts'
import { plainText, type ResponseContent } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'
import { errorPage, htmlResponse, INERT } from './html-response.ts'
import { paperInFull, paperNamed, paperPage } from './paper-queries.ts'
import { decodePath, type Route, type RouteRefusal } from './route.ts'

// A paper as a page, as Markdown and as citations: each at an address of its own, and all at the address of the page for
// clients that ask for a media type.

/** What a paper can be read as. */
interface Representation {
  /** The name of the route of its own address. */
  name: string
  /** What ends that address, without the dot. */
  extension: string
  mediaType: string
  /** The response; null if there is no paper of this name. @throws BadUserInput if it cannot be the name of one */
  read(parts: ServerParts, name: string): Promise<ResponseContent | null>
  refuse(refusal: RouteRefusal, parts: ServerParts): ResponseContent
}

/** A sentence of ours is Markdown as it is. */
const MARKDOWN: Representation = {
  name: 'paper-markdown',
  extension: 'md',
  mediaType: 'text/markdown',
  read: async (parts, name) => {
    const paper = await paperInFull(parts, name)
    return (
      paper && {
        contentType: 'text/markdown; charset=utf-8',
        body: paperMarkdown(parts.publicUrl, paper),
        headers: { ...INERT, link: `<${paper.url}>; rel="canonical"` },
      }
    )
  },
  refuse: ({ status, message }) => ({ ...plainText(message, status), contentType: 'text/markdown; charset=utf-8' }),
}

const CITED = parse(/* GraphQL */ `
  query Cited($by: PaperLookup!, $format: CitationFormat!) { paper(by: $by) { url citation(format: $format) } }
`)

const citation = ({ name, extension, mediaType }: (typeof CITATION_FORMATS)[number]): Representation => ({
  name: 'paper-citation',
  extension,
  mediaType,
  read: async (parts, paperName) => {
    const format: CitationFormatName = name
    const paper = await paperNamed<{ url: string; citation: string }>(parts, CITED, paperName, { format })
    return (
      paper && {
        contentType: `${mediaType}; charset=utf-8`,
        body: paper.citation,
        headers: { ...INERT, link: `<${paper.url}>; rel="describes"` },
      }
    )
  },
  refuse: ({ status, message }) => plainText(message, status),
})

const CITATIONS = CITATION_FORMATS.map(citation)

/** How many authors the header names. */
const LINKED_AUTHORS = 10

const PAGE: Representation = {
  name: 'paper',
  extension: '',
  mediaType: 'text/html',
  read: async (parts, name) => {
    const paper = await paperPage(parts, name)
    if (paper === null) return null
    const doi = citedDoi(paper)
    // FAIR Signposting, so that programs need not read the page: https://signposting.org/FAIR/
    const links = [
      doi && `<${doiAddress(doi)}>; rel="cite-as"`,
      ...paper.authors.nodes.slice(0, LINKED_AUTHORS).map(({ url }) => `<${new URL(url).href}>; rel="author"`),
      ...CITATIONS.map(
        ({ extension, mediaType }) => `<${paper.url}.${extension}>; rel="describedby"; type="${mediaType}"`,
      ),
      '<https://schema.org/ScholarlyArticle>; rel="type"',
      '<https://schema.org/AboutPage>; rel="type"',
    ]
    return htmlResponse(renderPaperPage(parts.publicUrl, paper), {
      headers: { link: links.filter(Boolean).join(', ') },
    })
  },
  refuse: (refusal, { publicUrl }) => errorPage(publicUrl, refusal),
}

const FILES = [MARKDOWN, ...CITATIONS]
const REPRESENTATIONS = new Map([PAGE, ...FILES].map((one) => [one.mediaType, one]))

const NO_PAPER = 'There is no paper at this address. It may have been removed, or it never existed.'

async function respond(form: Representation, part: string, parts: ServerParts): Promise<ResponseContent> {
  const name = decodePath(part)
  try {
    const found = name === null ? null : await form.read(parts, name)
    if (found !== null) return found
  } catch (error) {
    // It cannot be the name of a paper.
    if (!(error instanceof BadUserInput)) throw error
  }
  return form.refuse({ status: 404, message: NO_PAPER }, parts)
}

/** The addresses whose end says what a client wants, whatever it accepts. */
const fileRoutes = FILES.map(
  (form): Route<string> => ({
    name: form.name,
    path: new RegExp(`^/papers/(.+)\\.${form.extension.replaceAll('.', '\\.')}$`),
    parse: ({ match }) => match[1] as string,
    cacheKey: (name) => `/papers/${name}.${form.extension}`,
    respond: (name, parts) => respond(form, name, parts),
    refuse: (refusal, _request, parts) => form.refuse(refusal, parts),
  }),
)

const negotiate = mediaTypeNegotiator([PAGE.mediaType, ...FILES.map(({ mediaType }) => mediaType)])
const BY_ACCEPT = { vary: 'Accept, Accept-Encoding' }
const withVary = (content: ResponseContent): ResponseContent => ({
  ...content,
  headers: { ...content.headers, ...BY_ACCEPT },
})

/** A paper as what the client prefers. */
const paper: Route<{ name: string; form: Representation | null }> = {
  name: PAGE.name,
  path: /^\/papers\/(.+)$/,
  negotiates: true,
  parse: ({ match, accept }) => ({
    name: match[1] as string,
    form: REPRESENTATIONS.get(negotiate(accept) ?? '') ?? null,
  }),
  cacheKey: ({ name, form }) => `/papers/${name} ${form?.mediaType ?? 'none'}`,
  respond: async ({ name, form }, parts) =>
    withVary(
      form === null
        ? plainText(
            `A paper can be read as ${[...REPRESENTATIONS.keys()].join(', ')}. Name one of them in \`Accept\`.`,
            406,
          )
        : await respond(form, name, parts),
    ),
  refuse: (refusal, { accept }, parts) =>
    withVary((REPRESENTATIONS.get(negotiate(accept) ?? '') ?? PAGE).refuse(refusal, parts)),
}

export const PAPER_ROUTES: readonly Route[] = [...fileRoutes, paper]
