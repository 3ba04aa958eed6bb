import { userAddress } from '../src/formats/page-addresses.ts'
import { usersByHandles } from '../src/queries/users.ts'
import { builder } from './builder.ts'
import { forwardArgs } from './connection.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { FILTER_COST } from './paper-filter.ts'
import { User } from './refs.ts'
import { VoteConnection, voteConnection } from './vote.ts'

builder.node(User, {
  description: 'A person with an account on this server or at a source.',
  id: { resolve: (user) => user.id },
  fields: (t) => ({
    handle: t.exposeString('handle', { description: 'The unique short name. It can change.' }),
    name: t.exposeString('name', { nullable: true, description: 'The full name; null if unknown.' }),
    url: t.field({
      type: 'URL',
      description: 'The page of the user on this server. It changes with the handle.',
      resolve: (user, _args, { publicUrl }) => userAddress(publicUrl, user),
    }),
    avatarUrl: t.expose('avatarUrl', {
      type: 'URL',
      nullable: true,
      description: 'The address of a profile picture; null if there is none.',
    }),
    submissions: t.field({
      type: PaperConnection,
      description: 'Papers that the user put on the daily list.',
      extensions: FILTER_COST,
      args: paperArgs('RECENTLY_LISTED'),
      resolve: ({ id, handle }, args, context, info) =>
        paperConnection(context, { submitter: { id, handle } }, args, info),
    }),
    votes: t.field({
      type: VoteConnection,
      description: 'Votes that the user cast here, newest first.',
      args: forwardArgs('votes'),
      resolve: ({ id }, args, context) => voteConnection(context, { userId: id }, args),
    }),
  }),
})

builder.queryFields((t) => ({
  viewer: t.field({
    type: User,
    nullable: true,
    description: 'The signed-in user; null for anonymous requests.',
    resolve: (_root, _args, { viewer }) => viewer?.user ?? null,
  }),
  user: t.field({
    type: User,
    nullable: true,
    description: 'One user; null if no user has this handle.',
    args: { handle: t.arg.string({ required: true, description: 'The handle of the user, in any case.' }) },
    resolve: async (_root, { handle }, { db }) => (await usersByHandles(db, [handle])).get(handle) ?? null,
  }),
}))
