import { authorAddress } from '../src/formats/page-addresses.ts'
import { AUTHOR_ORDERS } from '../src/lists/directory.ts'
import { checkSize } from '../src/lists/page.ts'
import { type AuthorRow, type AuthorSummary, authorsBySlugs } from '../src/queries/authors.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { builder } from './builder.ts'
import { type Connection, connectionTypes, type Edge } from './connection.ts'
import { directoryConnection, directoryQuery } from './directory.ts'
import { decodeGlobalId, rowKey, shorten } from './global-id.ts'
import { chain } from './maybe-promise.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { FILTER_COST } from './paper-filter.ts'
import { Author, User } from './refs.ts'
import { wholeAuthor } from './whole-rows.ts'

const DEFAULT_COAUTHORS = 10
const MAX_COAUTHORS = 100

builder.node(Author, {
  description:
    'An author name as printed on papers. Sources do not distinguish people with the same name, so one author can stand for several people.',
  id: { resolve: (author) => author.id },
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: 'The name for addresses and filters. It never changes.',
    }),
    name: t.exposeString('name', { description: 'The name as printed on the papers.' }),
    url: t.field({
      type: 'URL',
      description: 'The page of the author on this server.',
      resolve: (author, _args, { publicUrl }) => authorAddress(publicUrl, author),
    }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'The account that a source has confirmed for this name; null if there is none.',
      resolve: (author, _args, context) =>
        chain(wholeAuthor(author, context), ({ userId }) =>
          userId === null ? null : context.loaders.user.load(userId),
        ),
    }),
    paperCount: t.int({
      description: 'The number of papers with this name among their authors.',
      resolve: (author, _args, context) => chain(wholeAuthor(author, context), ({ paperCount }) => paperCount),
    }),
    voteCount: t.int({
      description: "The total number of votes for the author's papers.",
      resolve: (author, _args, context) => chain(wholeAuthor(author, context), ({ voteCount }) => voteCount),
    }),
    papers: t.field({
      type: PaperConnection,
      description: 'Papers with this name among their authors.',
      extensions: FILTER_COST,
      args: paperArgs('NEWEST'),
      resolve: (author, args, context, info) =>
        chain(wholeAuthor(author, context), (row) => paperConnection(context, { author: row }, args, info)),
    }),
    coauthors: t.field({
      type: [Author],
      description:
        'Authors who have papers in common with this one, most common papers first. Empty if there are none.',
      args: {
        first: t.arg.int({
          description: `The number of authors to return: 1 to ${MAX_COAUTHORS}, ${DEFAULT_COAUTHORS} by default.`,
        }),
      },
      resolve: ({ id }, { first }, { loaders }) => {
        checkSize('first', first, MAX_COAUTHORS)
        return loaders.coauthorsOfAuthor.load({ authorId: id, limit: first ?? DEFAULT_COAUTHORS })
      },
    }),
  }),
})

const { Connection: AuthorConnection } = connectionTypes<
  AuthorRow | AuthorSummary,
  Edge<AuthorRow | AuthorSummary>,
  Connection<Edge<AuthorRow | AuthorSummary>>
>('Author', Author, 'authors')

const AuthorOrder = builder.enumType('AuthorOrder', {
  description: 'The orders of a list of authors.',
  values: {
    PAPER_COUNT: { description: 'By the number of papers, highest first.' },
    VOTES: { description: 'By the total votes for the papers, highest first.' },
    NAME: { description: 'By name, A to Z, ignoring case.' },
  },
})

const AuthorLookup = builder.inputType('AuthorLookup', {
  description: 'Identifies one author. Set exactly one field.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The `id` of the author.' }),
    slug: t.string({ description: 'The slug of the author, or one that it had before, in any case.' }),
  }),
})

builder.queryFields((t) => ({
  author: t.field({
    type: Author,
    nullable: true,
    description: 'One author; null if no author has this id or slug.',
    args: {
      by: t.arg({ type: AuthorLookup, required: true, description: 'Identifies the author. Set exactly one field.' }),
    },
    resolve: async (_root, { by }, { db, loaders }) => {
      if (by.id == null) {
        const slug = by.slug as string
        return (await authorsBySlugs(db, [slug])).get(slug) ?? null
      }
      const { typename, id } = decodeGlobalId(by.id, 'by.id')
      if (typename !== 'Author')
        throw new BadUserInput('by.id', `\`by.id\` must be the id of an author; "${shorten(by.id)}" is not.`)
      return loaders.author.load(rowKey(id, 'by.id'))
    },
  }),
  authors: t.field({
    type: AuthorConnection,
    description: 'Authors with at least one visible paper.',
    args: {
      query: t.arg.string(directoryQuery('authors')),
      orderBy: t.arg({
        type: AuthorOrder,
        required: true,
        defaultValue: 'PAPER_COUNT',
        description: 'The order of the list.',
      }),
      ...t.arg.connectionArgs(),
    },
    resolve: (_root, args, context) =>
      directoryConnection(context, 'authors', AUTHOR_ORDERS[args.orderBy], args, context.loaders.author),
  }),
}))
