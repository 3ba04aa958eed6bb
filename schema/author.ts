import { AUTHOR_ORDERS } from '../src/lists/directory.ts'
import { checkSize } from '../src/lists/page.ts'
import { type AuthorName, type AuthorRow, authorsBySlugs } from '../src/queries/authors.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { builder } from './builder.ts'
import { type Connection, connectionTypes, type Edge } from './connection.ts'
import { directoryConnection, directoryQuery } from './directory.ts'
import { decodeGlobalId, rowKey, shorten } from './global-id.ts'
import { chain } from './maybe-promise.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { Author, User } from './refs.ts'
import { wholeAuthor } from './whole-rows.ts'

const DEFAULT_COAUTHORS = 10
const MAX_COAUTHORS = 100

builder.node(Author, {
  description:
    'A name that papers are signed with. Sources do not tell people of one name apart, so neither does this.',
  id: { resolve: (author) => author.id, parse: (id) => rowKey(id) },
  loadWithoutCache: (id, { loaders }) => loaders.author.load(id),
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: 'The name as it stands in addresses and filters; it does not change.',
    }),
    name: t.exposeString('name', { description: 'The name as printed on the papers.' }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'The account that a source confirmed for this name; null where there is none.',
      resolve: (author, _args, context) =>
        chain(wholeAuthor(author, context), ({ userId }) =>
          userId === null ? null : context.loaders.user.load(userId),
        ),
    }),
    paperCount: t.int({
      description: 'How many papers of the catalogue have the name.',
      resolve: (author, _args, context) => chain(wholeAuthor(author, context), ({ paperCount }) => paperCount),
    }),
    voteCount: t.int({
      description: 'How many votes these papers have together.',
      resolve: (author, _args, context) => chain(wholeAuthor(author, context), ({ voteCount }) => voteCount),
    }),
    papers: t.field({
      type: PaperConnection,
      description: 'The papers with this name among their authors.',
      args: paperArgs('NEWEST'),
      resolve: (author, args, context, info) =>
        chain(wholeAuthor(author, context), (row) => paperConnection(context, { author: row }, args, info)),
    }),
    coauthors: t.field({
      type: [Author],
      description:
        'Who wrote papers with this author, most papers together first. Empty for somebody who always wrote alone.',
      args: {
        first: t.arg.int({
          description: `How many to answer: 1 to ${MAX_COAUTHORS}, ${DEFAULT_COAUTHORS} by default.`,
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
  AuthorRow | AuthorName,
  Edge<AuthorRow | AuthorName>,
  Connection<Edge<AuthorRow | AuthorName>>
>('Author', Author, 'authors')

const AuthorOrder = builder.enumType('AuthorOrder', {
  description: 'Orders of authors.',
  values: {
    PAPER_COUNT: { description: 'By the number of their papers, most first.' },
    VOTES: { description: 'By the votes of their papers together, most first.' },
    NAME: { description: 'By name, whatever the case, A first.' },
  },
})

const AuthorLookup = builder.inputType('AuthorLookup', {
  description: 'Which author is meant: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The `id` that this server gave.' }),
    slug: t.string({ description: 'The slug, in capitals or small letters.' }),
  }),
})

builder.queryFields((t) => ({
  author: t.field({
    type: Author,
    nullable: true,
    description: 'One author; null when there is none of that id or slug.',
    args: { by: t.arg({ type: AuthorLookup, required: true, description: 'Which one is meant: exactly one field.' }) },
    resolve: async (_root, { by }, { db, loaders }) => {
      if (by.id == null) return (await authorsBySlugs(db, [by.slug as string]))[0] ?? null
      const { typename, id } = decodeGlobalId(by.id, 'by.id')
      if (typename !== 'Author')
        throw new BadUserInput('by.id', `\`by.id\` must be the id of an author; "${shorten(by.id)}" is not.`)
      return loaders.author.load(rowKey(id, 'by.id'))
    },
  }),
  authors: t.field({
    type: AuthorConnection,
    description: 'Authors of papers that are shown, in one order.',
    args: {
      query: t.arg.string(directoryQuery('authors')),
      orderBy: t.arg({ type: AuthorOrder, required: true, defaultValue: 'PAPER_COUNT', description: 'In what order.' }),
      ...t.arg.connectionArgs(),
    },
    resolve: (_root, args, context) =>
      directoryConnection(context, 'authors', AUTHOR_ORDERS[args.orderBy], args, context.loaders.author),
  }),
}))
