import type { GraphQLResolveInfo } from 'graphql'
import { pageRequest } from '../src/lists/page.ts'
import type { PaperFilter } from '../src/lists/paper-filter.ts'
import { PaperSelection } from '../src/lists/paper-list.ts'
import { checkSearch, MAX_SEARCH_LENGTH } from '../src/lists/paper-query.ts'
import { SEARCH_ORDER, type SearchHit, type SearchResult, searchPapers } from '../src/lists/search.ts'
import { DEFAULT_PARTS } from '../src/queries/paper-parts.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { highlightPassage, highlightTitle } from '../src/search/highlight.ts'
import { SEARCH_DEPTH } from '../src/search/query/score.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge } from './connection.ts'
import type { Context } from './context.ts'
import { chain, once } from './maybe-promise.ts'
import { PaperFacets } from './paper-connection.ts'
import { costOfFilter, PaperFilterInput } from './paper-filter.ts'
import { Paper } from './refs.ts'
import { requestedConnectionParts } from './requested-fields.ts'
import { TextSegmentType } from './text-segment.ts'
import { textsOf } from './whole-rows.ts'

/** What a search costs an operation: it scores papers by the thousand. */
export const SEARCH_COST = 500
/** The largest number of results, as text. */
const DEPTH = SEARCH_DEPTH.toLocaleString('en')

type PaperSearchEdge = Edge<PaperRow, SearchHit & Pick<SearchResult, 'termWeights'>>

interface PaperSearchSource extends Connection<PaperSearchEdge> {
  result(): SearchResult | Promise<SearchResult>
}

const types = connectionTypes<PaperRow, PaperSearchEdge, PaperSearchSource>('PaperSearch', Paper, 'the papers found', {
  cost: 0,
  description: `The number of papers that the search found, at most ${DEPTH}: the value ${DEPTH} means that many or more.`,
})

builder.objectFields(types.Edge, (t) => ({
  score: t.exposeFloat('score', {
    description:
      'The relevance of the paper to the query; higher is better. Comparable only within one search, because it changes as the catalogue grows.',
  }),
  titleHighlights: t.field({
    type: [TextSegmentType],
    description: 'The title with the words of the query marked.',
    resolve: ({ node, termWeights }) => highlightTitle(node.title, termWeights),
  }),
  abstractHighlights: t.field({
    type: [TextSegmentType],
    description:
      'The passage of the abstract that matches the query best, with the words of the query marked. It can start and end inside the abstract. Empty for a paper without an abstract.',
    resolve: ({ node, termWeights }, _args, context) =>
      chain(textsOf(node, context), ({ abstract }) =>
        abstract === null ? [] : highlightPassage(abstract, termWeights),
      ),
  }),
}))

builder.objectFields(types.Connection, (t) => ({
  facets: t.field({
    type: PaperFacets,
    description: `Counts by topic, organization and month of all papers found (at most ${DEPTH}), not only of those of this page.`,
    resolve: async ({ result }) => new PaperSelection({}, { among: (await result()).paperIds }),
  }),
  correctedQuery: t.string({
    nullable: true,
    description:
      'The query that was used instead, if no paper contains a word or phrase of the original: a word is replaced by the one nearest in spelling that some paper contains, and a phrase by its words. Null if the query was used unchanged.',
    resolve: async ({ result }) => (await result()).correctedQuery,
  }),
}))

builder.queryField('search', (t) =>
  t.field({
    type: types.Connection,
    extensions: {
      cost: (argument: (name: string) => unknown) => SEARCH_COST + costOfFilter(argument),
      costAdvice: `Each \`search\` costs ${SEARCH_COST}, and as much again with \`like\`.`,
    },
    description: `Full-text search over titles, abstracts and author names, best match first. Rare words count more than common ones, and the title more than the abstract. For queries of up to three words, papers with all of them come first. An arXiv id, a DOI or the address of a paper finds that paper. Pages are read forwards only, through the best ${DEPTH} papers.`,
    args: {
      query: t.arg.string({
        required: true,
        description: `The words to search for. \`"quoted words"\` must occur next to each other in the title or abstract; \`a or b\` matches either word; \`-word\`, \`-"quoted words"\` and \`-author:name\` exclude papers; \`author:name\` and \`author:"full name"\` require an author with that name. Quotation marks of any script will do, such as „…“, «…» and 「…」. Case, accents and word endings are ignored. 1 to ${MAX_SEARCH_LENGTH.toLocaleString('en')} characters.`,
      }),
      filter: t.arg({
        type: PaperFilterInput,
        description: 'Search only papers that match this filter; null for all.',
      }),
      first: t.arg.int({
        description:
          'The number of papers to return from the start of the results, or after the cursor `after`: 1 to 100, 20 by default.',
      }),
      after: t.arg.string({
        description: 'Return only papers after this cursor, which must come from the same search; null for the start.',
      }),
    },
    resolve: (_root, args, context, info) => paperSearch(context, args, info),
  }),
)

function paperSearch(
  { db, loaders, unknown }: Context,
  {
    query,
    filter,
    first,
    after,
  }: { query: string; filter?: PaperFilter | null; first?: number | null; after?: string | null },
  info: GraphQLResolveInfo,
): PaperSearchSource {
  checkSearch('query', query)
  const request = pageRequest({ first, after }, SEARCH_ORDER)
  const papers = loaders.paperWith(requestedConnectionParts(info) ?? DEFAULT_PARTS)
  const selection = new PaperSelection(filter ?? {}, {}, unknown)
  const result = once(() => searchPapers(db, { query, selection }, request))
  return {
    result,
    ...connectionOf(
      async () => {
        const { page, termWeights } = await result()
        return { ...page, items: page.items.map((item) => ({ ...item, termWeights })) }
      },
      (items) => papers.loadMany(items.map((item) => item.id)),
      async () => (await result()).paperIds.length,
    ),
  }
}
