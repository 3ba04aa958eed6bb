import { usersByHandles } from '../src/queries/users.ts'
import { builder } from './builder.ts'
import { forwardArgs } from './connection.ts'
import { rowKey } from './global-id.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { User } from './refs.ts'
import { VoteConnection, voteConnection } from './vote.ts'

builder.node(User, {
  description: 'A person with an account, here or at a source.',
  id: { resolve: (user) => user.id, parse: (id) => rowKey(id) },
  loadWithoutCache: (id, { loaders }) => loaders.user.load(id),
  fields: (t) => ({
    handle: t.exposeString('handle', { description: 'The short name that is theirs alone; people can change it.' }),
    name: t.exposeString('name', { nullable: true, description: 'The full name; null where it is not known.' }),
    avatarUrl: t.expose('avatarUrl', {
      type: 'URL',
      nullable: true,
      description: 'A picture of them; null where there is none.',
    }),
    submissions: t.field({
      type: PaperConnection,
      description: 'The papers that they put on the daily list.',
      args: paperArgs('RECENTLY_LISTED'),
      resolve: ({ id, handle }, args, context, info) =>
        paperConnection(context, { submitter: { id, handle } }, args, info),
    }),
    votes: t.field({
      type: VoteConnection,
      description: 'The papers that they voted for here, latest vote first.',
      args: forwardArgs('votes'),
      resolve: ({ id }, args, context) => voteConnection(context, { userId: id }, args),
    }),
  }),
})

builder.queryFields((t) => ({
  viewer: t.field({
    type: User,
    nullable: true,
    description: 'The signed-in user; null when nobody is signed in.',
    resolve: (_root, _args, { viewer }) => viewer?.user ?? null,
  }),
  user: t.field({
    type: User,
    nullable: true,
    description: 'One user; null when there is none of that handle.',
    args: { handle: t.arg.string({ required: true, description: 'Their handle, in capitals or small letters.' }) },
    resolve: async (_root, { handle }, { db }) => (await usersByHandles(db, [handle]))[0] ?? null,
  }),
}))
