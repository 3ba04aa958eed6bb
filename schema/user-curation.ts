import { removeContent, restoreContent } from '../src/ingest/hiding.ts'
import type { UserRow } from '../src/queries/users.ts'
import { setSuspended } from '../src/writes/suspensions.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { curatorOf, reasonDescription } from './curator.ts'
import { keyOrNull } from './global-id.ts'
import { User } from './refs.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'

const userInput = (name: string, description: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      userId: t.id({ required: true, description: 'The `id` of the user.' }),
      reason: t.string({ description: reasonDescription }),
    }),
  })

const SuspendUserInput = userInput('SuspendUserInput', 'The user to suspend, or whose suspension ends.')
const UserContentInput = userInput('UserContentInput', 'The user whose papers are hidden, or shown again.')

const user = 'The user.'

const SuspendUserPayload = builder.objectRef<{ user: UserRow }>('SuspendUserPayload').implement({
  description: 'The user is suspended, or the suspension has ended.',
  fields: (t) => ({
    user: t.field({ type: User, description: user, resolve: (payload) => payload.user }),
    isSuspended: t.boolean({
      description: 'Whether the user is suspended now.',
      resolve: (payload) => payload.user.suspendedAt !== null,
    }),
  }),
})

const SuspendUserResult = builder.unionType('SuspendUserResult', {
  description: 'The new state of the user, or why nothing was done.',
  types: [SuspendUserPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: resolveMemberType('SuspendUserPayload'),
})

const UserContentPayload = builder.objectRef<{ user: UserRow; papers: number }>('UserContentPayload').implement({
  description: 'The papers of the user are hidden, or shown again.',
  fields: (t) => ({
    user: t.field({ type: User, description: user, resolve: (payload) => payload.user }),
    paperCount: t.exposeInt('papers', { description: 'The number of papers that were changed.' }),
  }),
})

const UserContentResult = builder.unionType('UserContentResult', {
  description: 'What was changed, or why nothing was.',
  types: [UserContentPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: resolveMemberType('UserContentPayload'),
})

const CURATE = 'Requires the scope `curate`; without it the result is a ForbiddenError.'

builder.mutationFields((t) => ({
  suspendUser: t.field({
    type: SuspendUserResult,
    description: `Suspends a user: their tokens are refused with the code \`ACCOUNT_SUSPENDED\` at once on all servers, their event streams end, and their votes count nowhere. Their papers stay; \`removeUserContent\` hides those. \`unsuspendUser\` undoes it. ${CURATE}`,
    args: { input: t.arg({ type: SuspendUserInput, required: true, description: user }) },
    resolve: (_root, { input }, context) => suspend(context, input, true),
  }),
  unsuspendUser: t.field({
    type: SuspendUserResult,
    description: `Ends the suspension of a user: their tokens are accepted again, and their votes count again, as of when they were cast. ${CURATE}`,
    args: { input: t.arg({ type: SuspendUserInput, required: true, description: user }) },
    resolve: (_root, { input }, context) => suspend(context, input, false),
  }),
  removeUserContent: t.field({
    type: UserContentResult,
    description: `Hides all visible papers that a user submitted, whatever other sources they have. Topics, authors and organizations without another paper leave their lists. \`restoreUserContent\` undoes it. The user can still submit papers: \`suspendUser\` prevents that. ${CURATE}`,
    args: { input: t.arg({ type: UserContentInput, required: true, description: user }) },
    resolve: (_root, { input }, context) => changeContent(context, input, removeContent),
  }),
  restoreUserContent: t.field({
    type: UserContentResult,
    description: `Shows the papers of a user again that \`removeUserContent\` hid, except those that a curator has shown or hidden since. ${CURATE}`,
    args: { input: t.arg({ type: UserContentInput, required: true, description: user }) },
    resolve: (_root, { input }, context) => changeContent(context, input, restoreContent),
  }),
}))

interface Input {
  userId: string
  reason?: string | null
}

const NOT_FOUND = 'There is no user of this id. Send the `id` of a User.'

/** The curator and the key of the user; otherwise the refusal. */
function read(context: Context, toDo: string, { userId: id, reason }: Input) {
  const curator = curatorOf(context, toDo, reason)
  if (curator instanceof Refusal) return curator
  const userId = keyOrNull('User', id)
  return userId === null ? new Refusal('NotFoundError', NOT_FOUND) : { curator, userId }
}

async function suspend(context: Context, input: Input, isSuspended: boolean) {
  const given = read(context, 'suspend users', input)
  if (given instanceof Refusal) return given
  const { curator, userId } = given
  if (userId === curator.userId && isSuspended)
    return new Refusal('ForbiddenError', 'You cannot suspend yourself: you could not undo it.')
  await setSuspended(context.db, userId, isSuspended, curator, context.trending.halfLifeHours)
  return payloadOf(context, userId, {})
}

async function changeContent(context: Context, input: Input, change: typeof removeContent) {
  const given = read(context, 'remove what users submitted', input)
  if (given instanceof Refusal) return given
  const changed = await change(context.db, given.userId, given.curator, context.trending.halfLifeHours)
  return payloadOf(context, given.userId, { papers: changed?.length ?? 0 })
}

/** The payload with the user as they are now. */
async function payloadOf<More extends object>({ loaders }: Context, userId: number, more: More) {
  loaders.clearAll()
  const user = await loaders.user.load(userId)
  return user === null ? new Refusal('NotFoundError', NOT_FOUND) : { user, ...more }
}
