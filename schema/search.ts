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
import { PaperFilterInput } from './paper-filter.ts'
import { Paper } from './refs.ts'
import { requestedConnectionParts } from './requested-fields.ts'
import { TextSegmentType } from './text-segment.ts'
import { textsOf } from './whole-rows.ts'

/** What a search costs an operation: it scores papers by the thousand. */
const SEARCH_COST = 500

type PaperSearchEdge = Edge<PaperRow, SearchHit & Pick<SearchResult, 'termWeights'>>

interface PaperSearchSource extends Connection<PaperSearchEdge> {
  result(): SearchResult | Promise<SearchResult>
}

const types = connectionTypes<PaperRow, PaperSearchEdge, PaperSearchSource>('PaperSearch', Paper, 'the papers found', {
  cost: 0,
  description: `How many papers the search pages through: those found, at most ${SEARCH_DEPTH}, so that ${SEARCH_DEPTH} means that many or more.`,
})

builder.objectFields(types.Edge, (t) => ({
  score: t.exposeFloat('score', {
    description:
      'How well the paper fits: higher is better. Comparable within one search only; it moves as the catalogue grows.',
  }),
  titleHighlights: t.field({
    type: [TextSegmentType],
    description: 'The title, with the words of the query marked.',
    resolve: ({ node, termWeights }) => highlightTitle(node.title, termWeights),
  }),
  abstractHighlights: t.field({
    type: [TextSegmentType],
    description:
      'The passage of the abstract that has most of the query, with its words marked. It may begin and end within the abstract; empty for a paper without one.',
    resolve: ({ node, termWeights }, _args, context) =>
      chain(textsOf(node, context), ({ abstract }) =>
        abstract === null ? [] : highlightPassage(abstract, termWeights),
      ),
  }),
}))

builder.objectFields(types.Connection, (t) => ({
  facets: t.field({
    type: PaperFacets,
    description: `How the papers found divide, at most ${SEARCH_DEPTH} of them, whatever the page.`,
    resolve: async ({ result }) => new PaperSelection({}, { among: (await result()).paperIds }),
  }),
  correctedQuery: t.string({
    nullable: true,
    description:
      'What was looked for instead, where nothing has what was asked for: words that are in no paper are taken for the nearest ones that are, and a phrase that is in none for its words. Null where the query was answered as it is.',
    resolve: async ({ result }) => (await result()).correctedQuery,
  }),
}))

builder.queryField('search', (t) =>
  t.field({
    type: types.Connection,
    extensions: { cost: SEARCH_COST },
    description: `Papers by what they are about, best match first: full-text search over titles, abstracts and names of authors. Rare words count more than common ones, and the title more than the abstract; of queries of up to three words, papers that have all of them come first. An arXiv id, a DOI or the address of a paper finds that paper. Pages go forwards only, through the best ${SEARCH_DEPTH} papers; narrow the query or the filter for others.`,
    args: {
      query: t.arg.string({
        required: true,
        description: `What to look for, in words and in these signs: \`"quoted words"\` must stand in the title or abstract one after the other; \`a or b\` takes either; \`-word\`, \`-"quoted words"\` and \`-author:name\` leave papers out; \`author:name\` and \`author:"full name"\` want an author of that name. Capitals, accents and endings do not matter. 1 to ${MAX_SEARCH_LENGTH} characters.`,
      }),
      filter: t.arg({ type: PaperFilterInput, description: 'Which papers to search; null for all.' }),
      first: t.arg.int({
        description: 'How many to answer from the beginning, or after the cursor `after`: 1 to 100; 20 if not given.',
      }),
      after: t.arg.string({
        description: 'Answer only what comes after this cursor, which the same search gave; null for the beginning.',
      }),
    },
    resolve: (_root, args, context, info) => paperSearch(context, args, info),
  }),
)

function paperSearch(
  { db, loaders }: Context,
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
  const result = once(() => searchPapers(db, { query, selection: new PaperSelection(filter ?? {}) }, request))
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
