import { parse } from 'graphql'
import { renderListPage } from '../../formats/html/list-page.ts'
import { LIST_LOOK_PARAMETERS, type ListLook, withLook } from '../../formats/html/look.ts'
import { counted } from '../../formats/html/paper-card.ts'
import { FEED_DEFAULTS, listAddress } from '../../formats/links.ts'
import { editionOfDays, listTitle } from '../../formats/list-title.ts'
import { type CurrentQuery, formatPaperQuery, parseCurrentQuery } from '../../formats/query-string.ts'
import { memberNames } from '../../lists/member-names.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import { currentList } from './edition-queries.ts'
import { LIST_PARAMETERS } from './feed-lists.ts'
import { errorPage, htmlResponse } from './html-response.ts'
import { nextPage, type PaperPage } from './list-pages.ts'
import { pointsOfList } from './list-points.ts'
import { PAPER_CARD } from './paper-queries.ts'
import type { Route } from './route.ts'

const LIST = parse(/* GraphQL */ `
  query Papers($filter: PaperFilter, $orderBy: PaperOrder!, $first: Int!, $after: String) {
    papers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      totalCount
      nodes { ...PaperCard }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${PAPER_CARD}
`)

interface PapersRequest {
  query: CurrentQuery
  after: string | null
  look: ListLook
}

export const LIST_PAGE_PARAMETERS = LIST_PARAMETERS.extend(LIST_LOOK_PARAMETERS.shape)

/** Any list of papers, with the parameters of a feed. */
const papersPage: Route<PapersRequest> = {
  name: 'page-papers',
  path: /^\/papers$/,
  parse: ({ url }) => {
    const { query, given } = parseCurrentQuery(url.searchParams, FEED_DEFAULTS, LIST_PAGE_PARAMETERS)
    const { after = null, layout, images } = given
    return { query, after, look: { layout, images } }
  },
  cacheKey: ({ query, after, look }) =>
    withLook(`/papers?${formatPaperQuery(query, FEED_DEFAULTS)} ${after ?? ''}`, look),
  points: ({ query }) => pointsOfList(query),
  respond: async ({ query, after, look }, parts) => {
    const { publicUrl } = parts
    const { query: now } = await currentList(parts, query)
    const [{ papers }, names] = await Promise.all([
      runOwnQuery<{ papers: PaperPage }>(parts, LIST, { ...now, after }),
      memberNames(parts.db, query.filter),
    ])
    const address = withLook(listAddress(publicUrl, query), look)
    return htmlResponse(
      renderListPage(publicUrl, {
        kind: 'Papers',
        heading: listTitle(now, names),
        lead: `${counted(papers.totalCount ?? 0, 'paper')}.`,
        address,
        canonical: after === null && formatPaperQuery(query, FEED_DEFAULTS) === '' ? `${publicUrl}/papers` : null,
        query,
        look,
        inLayout: (layout) => withLook(listAddress(publicUrl, query), { ...look, layout }),
        inOrder: (orderBy) => withLook(listAddress(publicUrl, { ...query, orderBy }), look),
        papers: papers.nodes,
        isDated: editionOfDays(now.filter)?.period !== 'DAY',
        next: nextPage(
          papers,
          (cursor) => `${address}${address.includes('?') ? '&' : '?'}after=${encodeURIComponent(cursor)}`,
        ),
      }),
    )
  },
  refuse: ({ status, message }, _request, { publicUrl }) => errorPage(publicUrl, { status, message }),
}

export const PAPERS_PAGE_ROUTES: readonly Route[] = [papersPage]
