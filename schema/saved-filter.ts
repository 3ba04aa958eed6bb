import { queryOfSaved, savedFeedLinks, savedQueryString } from '../src/formats/saved-filter.ts'
import { checkSize } from '../src/lists/page.ts'
import { savedFiltersOf } from '../src/queries/saved-filters.ts'
import { MOST_SAVED_FILTERS } from '../src/writes/saved-filters.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { FeedLinksType } from './feed-links.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { FILTER_COST, PaperOrder } from './paper-filter.ts'
import { SavedFilter, User } from './refs.ts'

/** How many saved filters a list has unless the client says it. */
const SHOWN = 20

builder.node(SavedFilter, {
  description:
    'A list that a user keeps. Nobody else can read it here; its private feeds are open to whoever has their address. A follow is a saved filter with nothing but one topic, author, organization or submitter in it.',
  id: { resolve: ({ id }) => id },
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'What the user calls it; of a follow, first the name of whom it follows.',
    }),
    queryString: t.string({
      description:
        'The filter and order as the query string of a feed, such as `topics=agents&minVotes=5&orderBy=NEWEST`. Equal lists have equal strings. Empty for all papers in the order TRENDING.',
      resolve: (saved) => savedQueryString(queryOfSaved(saved)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was saved.' }),
    papers: t.field({
      type: PaperConnection,
      description: 'The papers of the list.',
      args: {
        orderBy: t.arg({ type: PaperOrder, description: 'The order of the list; null for the order that was saved.' }),
        ...t.arg.connectionArgs(),
      },
      resolve: (saved, args, context, info) => {
        const { filter, orderBy } = queryOfSaved(saved)
        return paperConnection(context, {}, { ...args, filter, orderBy: args.orderBy ?? orderBy }, info)
      },
    }),
    feeds: t.field({
      type: FeedLinksType,
      description:
        'Addresses of the list in other formats, with 30 papers. They need no sign-in, so whoever has one can read the list; `rotateFeedToken` replaces them. They keep working when the filter changes.',
      resolve: (saved, _args, { publicUrl }) => savedFeedLinks(publicUrl, saved),
    }),
  }),
})

const first = {
  description: `The number of saved filters to return: 1 to ${MOST_SAVED_FILTERS}, which is as many as a user can have; ${SHOWN} by default.`,
}

builder.objectFields(User, (t) => ({
  savedFilters: t.field({
    type: [SavedFilter],
    nullable: true,
    description: 'The lists that the user keeps, with follows, newest first; null for anyone but the signed-in user.',
    args: { first: t.arg.int(first) },
    resolve: ({ id }, args, context) => ownFilters(context, id, 'all', args.first),
  }),
  following: t.field({
    type: [SavedFilter],
    nullable: true,
    description:
      'The saved filters by which the user follows a topic, an author, an organization or a submitter, newest first; null for anyone but the signed-in user.',
    args: { first: t.arg.int(first) },
    resolve: ({ id }, args, context) => ownFilters(context, id, 'follows', args.first),
  }),
}))

builder.objectField(User, 'followedPapers', (t) =>
  t.field({
    type: PaperConnection,
    nullable: true,
    description:
      'The papers of all topics, authors, organizations and submitters that the user follows, each once, as one list; null for anyone but the signed-in user.',
    extensions: FILTER_COST,
    args: paperArgs('RECENTLY_LISTED'),
    resolve: ({ id }, args, context, info) =>
      context.viewer?.user.id === id ? paperConnection(context, { followedBy: id }, args, info) : null,
  }),
)

function ownFilters(
  { db, viewer }: Context,
  userId: number,
  which: 'all' | 'follows',
  size: number | null | undefined,
) {
  checkSize('first', size, MOST_SAVED_FILTERS)
  return viewer?.user.id === userId ? savedFiltersOf(db, userId, which, size ?? SHOWN) : null
}
