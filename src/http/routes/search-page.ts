import { parse } from 'graphql'
import { z } from 'zod'
import type { PaperCard } from '../../formats/html/paper-card.ts'
import { type Facet, renderSearchPage, type SearchPage } from '../../formats/html/search-page.ts'
import { SEARCH_PAGE, searchAddress } from '../../formats/links.ts'
import { AFTER } from '../../formats/parameters.ts'
import { PAPER_QUERY, type PaperQuery, parsePaperQuery } from '../../formats/query-string.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import { errorPage, htmlResponse } from './html-response.ts'
import { PAPER_CARD } from './paper-queries.ts'
import type { Route } from './route.ts'

const FOUND = SEARCH_PAGE.first
const FACETS = 8
/** A search and two facets, each of 500 in the cost of GraphQL, and the papers. */
const POINTS = 60 + FOUND

const SEARCH = parse(/* GraphQL */ `
  query Search($query: String!, $filter: PaperFilter, $after: String) {
    search(query: $query, filter: $filter, first: ${FOUND}, after: $after) {
      totalCount
      correctedQuery
      edges {
        node { ...PaperCard }
        titleHighlights { text isMatch }
        abstractHighlights { text isMatch }
      }
      pageInfo { hasNextPage endCursor }
      facets {
        topics(first: ${FACETS}) { count topic { slug name } }
        organizations(first: ${FACETS}) { count organization { slug name } }
      }
    }
  }
  ${PAPER_CARD}
`)

interface Named {
  slug: string
  name: string
}
type Found = NonNullable<SearchPage['found']>
interface SearchData {
  search: Pick<Found, 'totalCount' | 'correctedQuery'> & {
    edges: ({ node: PaperCard } & Pick<Found['papers'][number], 'titleHighlights' | 'abstractHighlights'>)[]
    pageInfo: { hasNextPage: boolean; endCursor: string | null }
    facets: {
      topics: { count: number; topic: Named }[]
      organizations: { count: number; organization: Named }[]
    }
  }
}

interface SearchRequest {
  text: string
  filter: PaperQuery['filter']
  after: string | null
}

const PARAMETERS = PAPER_QUERY.extend({ q: z.string().optional(), ...AFTER.shape })

const search: Route<SearchRequest> = {
  name: 'page-search',
  path: /^\/search$/,
  parse: ({ url }) => {
    const { query, given } = parsePaperQuery(url.searchParams, SEARCH_PAGE, PARAMETERS)
    const { q = '', after = null } = given
    return { text: q.trim(), filter: query.filter, after }
  },
  cacheKey: (request) => searchAddress('', request),
  points: ({ text }) => (text === '' ? 1 : POINTS),
  respond: async (request, parts) => {
    const { publicUrl } = parts
    const { text, filter, after } = request
    if (text === '') return htmlResponse(renderSearchPage(publicUrl, { query: '', found: null }))
    const { search: result } = await runOwnQuery<SearchData>(parts, SEARCH, { query: text, filter, after })
    const { pageInfo, facets } = result
    const facet =
      (field: 'allTopics' | 'organizations') =>
      ({ slug, name, count }: Named & { count: number }): Facet => {
        const chosen = filter[field] ?? []
        const isChosen = chosen.includes(slug)
        const members = isChosen
          ? chosen.filter((one) => one !== slug)
          : field === 'allTopics'
            ? [...chosen, slug]
            : [slug]
        const address = searchAddress(publicUrl, { text, filter: { ...filter, [field]: members }, after: null })
        return { name, count, isChosen, url: address }
      }
    return htmlResponse(
      renderSearchPage(publicUrl, {
        query: text,
        found: {
          totalCount: result.totalCount,
          correctedQuery: result.correctedQuery,
          papers: result.edges.map(({ node, ...highlights }) => ({ ...node, ...highlights })),
          topics: facets.topics.map(({ topic, count }) => facet('allTopics')({ ...topic, count })),
          organizations: facets.organizations.map(({ organization, count }) =>
            facet('organizations')({ ...organization, count }),
          ),
          next: pageInfo.hasNextPage ? searchAddress(publicUrl, { ...request, after: pageInfo.endCursor }) : null,
        },
      }),
    )
  },
  refuse: ({ status, message }, _request, { publicUrl }) => errorPage(publicUrl, { status, message }),
}

export const SEARCH_ROUTES: readonly Route[] = [search]
