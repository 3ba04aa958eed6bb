import { parse } from 'graphql'
import { CITATION_FORMATS } from '../../formats/citation/formats.ts'
import { MAX_PAGE_SIZE } from '../../lists/page.ts'
import { plainText } from '../cache/response.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'
import { addressOf, FEED_LISTS, type FeedList, NO_LIST } from './feed-lists.ts'
import { INERT } from './html-response.ts'
import { PRIVATE, type Route } from './route.ts'

// Lists as bibliographies, at the addresses of their feeds with another extension.

const FORMATS = CITATION_FORMATS.flatMap(({ between, ...format }) => (between === null ? [] : [{ ...format, between }]))
type ListFormat = (typeof FORMATS)[number]

const CITATIONS = parse(/* GraphQL */ `
  query Citations($filter: PaperFilter, $orderBy: PaperOrder!, $first: Int!, $after: String, $format: CitationFormat!) {
    papers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      nodes { citation(format: $format) }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

interface CitationPage {
  papers: { nodes: { citation: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
}

export const BIBLIOGRAPHY_ROUTES: readonly Route[] = FEED_LISTS.flatMap(({ name, path, parse }) =>
  FORMATS.map(
    (format): Route<FeedList> => ({
      name: `bibliography-${name}`,
      path: new RegExp(`^${path}\\.${format.extension}$`),
      parse,
      cacheKey: (list) => addressOf(list, format.extension, list.after),
      points: ({ points }) => points,
      respond: (list, parts) => respond(list, format, parts),
      refuse: ({ status, message }) => plainText(message, status),
    }),
  ),
)

async function respond(list: FeedList, format: ListFormat, parts: ServerParts) {
  const now = await list.read(parts)
  if (now === null) return { ...plainText(NO_LIST, 404), seconds: 0 }
  const { filter, orderBy, first } = now.papers
  const citations: string[] = []
  let after = list.after
  do {
    const page = Math.min(first - citations.length, MAX_PAGE_SIZE)
    const variables = { filter, orderBy, first: page, after, format: format.name }
    const { papers } = await runOwnQuery<CitationPage>(parts, CITATIONS, variables)
    citations.push(...papers.nodes.map(({ citation }) => citation))
    after = papers.pageInfo.hasNextPage ? papers.pageInfo.endCursor : null
  } while (after !== null && citations.length < first)
  const links = [
    `<${now.home}>; rel="describes"`,
    after && `<${parts.publicUrl}${addressOf(list, format.extension, after)}>; rel="next"`,
  ]
  return {
    contentType: `${format.mediaType}; charset=utf-8`,
    body: citations.join(format.between),
    headers: { ...INERT, ...(list.isPrivate ? PRIVATE : { link: links.filter(Boolean).join(', ') }) },
  }
}
