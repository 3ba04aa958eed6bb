import { pageRequest } from '../src/lists/page.ts'
import { SUSPENDED_ORDER, suspendedUserCount, suspendedUserPage } from '../src/lists/suspended-users.ts'
import type { UserRow } from '../src/queries/users.ts'
import { AuditEntry } from './audit-log.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge, forwardArgs } from './connection.ts'
import { permitted } from './permission.ts'
import { User } from './refs.ts'
import { ForbiddenError, Refusal, resolveMemberType, UnauthenticatedError } from './refusal.ts'

const SuspendedUser = builder.objectRef<UserRow>('SuspendedUser')
SuspendedUser.implement({
  description: 'A user who is suspended.',
  fields: (t) => ({
    user: t.field({ type: User, description: 'The user.', resolve: (user) => user }),
    suspendedAt: t.field({
      type: 'DateTime',
      description: 'When the user was suspended.',
      resolve: ({ suspendedAt }) => suspendedAt as string,
    }),
    suspension: t.field({
      type: AuditEntry,
      nullable: true,
      description: 'The entry of the audit log that says who suspended the user and why; null if there is none.',
      resolve: ({ id }, _args, { loaders }) => loaders.suspensionOfUser.load(id),
    }),
  }),
})

const SuspendedUserConnection = connectionTypes<UserRow, Edge<UserRow>, Connection<Edge<UserRow>>>(
  'SuspendedUser',
  SuspendedUser,
  'suspended users',
).Connection

const SuspendedUsersResult = builder.unionType('SuspendedUsersResult', {
  description: 'The suspended users, or why they are not shown.',
  types: [SuspendedUserConnection, UnauthenticatedError, ForbiddenError],
  resolveType: resolveMemberType('SuspendedUserConnection'),
})

builder.queryField('suspendedUsers', (t) =>
  t.field({
    type: SuspendedUsersResult,
    description:
      'All suspended users, those suspended last first. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: forwardArgs('users'),
    resolve: (_root, args, context) => {
      const viewer = permitted(context, 'curate', 'see suspended users', 'ForbiddenError')
      if (viewer instanceof Refusal) return viewer
      const request = pageRequest(args, SUSPENDED_ORDER)
      return connectionOf(
        () => suspendedUserPage(context.db, request),
        (items) => items.map(({ user }) => user),
        () => suspendedUserCount(context.db),
      )
    },
  }),
)
