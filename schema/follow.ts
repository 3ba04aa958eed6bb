import { savedQueryString } from '../src/formats/saved-filter.ts'
import type { PaperOrderName } from '../src/lists/paper-orders.ts'
import { type SavedFilterRow, type Subject, type SubjectField, subjectKey } from '../src/queries/saved-filters.ts'
import { follow, unfollow } from '../src/writes/saved-filters.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { idOrNull, type NodeType } from './global-id.ts'
import { nodeOf } from './node.ts'
import { Author, Organization, SavedFilter, Topic, User } from './refs.ts'
import {
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'
import { mayChange, savedOrRefused } from './saved-filter-mutations.ts'

/** What can be followed: its filter field, and the order in which its own list of papers is. */
const SUBJECTS = {
  Author: { field: 'authors', orderBy: 'NEWEST' },
  Organization: { field: 'organizations', orderBy: 'NEWEST' },
  Topic: { field: 'topics', orderBy: 'TRENDING' },
  User: { field: 'submitters', orderBy: 'RECENTLY_LISTED' },
} as const satisfies Partial<Record<NodeType, { field: SubjectField; orderBy: PaperOrderName }>>

type SubjectType = keyof typeof SUBJECTS

const FollowInput = builder.inputType('FollowInput', {
  description: 'Whom or what to follow, or to follow no more.',
  fields: (t) => ({
    subjectId: t.id({ required: true, description: 'The `id` of a Topic, Author, Organization or User.' }),
  }),
})

interface Followed {
  subjectId: string
  savedFilter: SavedFilterRow | null
}

const FollowPayload = builder.objectRef<Followed>('FollowPayload').implement({
  description: 'The change is stored.',
  fields: (t) => ({
    subject: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description:
        'The Topic, Author, Organization or User, with `viewerFollows` as it is now; null if it has just been removed.',
      resolve: ({ subjectId }, _args, context, info) => nodeOf(subjectId, 'input.subjectId', context, info),
    }),
    savedFilter: t.field({
      type: SavedFilter,
      nullable: true,
      description: 'The saved filter by which the user follows; null after `unfollow`.',
      resolve: ({ savedFilter }) => savedFilter,
    }),
  }),
})

const FollowResult = builder.unionType('FollowResult', {
  description: 'What is followed now, or why nothing was done.',
  types: [FollowPayload, UnauthenticatedError, NotFoundError, InvalidInputError, RateLimitedError],
  resolveType: resolveMemberType('FollowPayload'),
})

builder.mutationFields((t) => ({
  follow: t.field({
    type: FollowResult,
    description:
      'Follows a topic, an author, an organization or a submitter: a saved filter with nothing else in it. Following twice is following once. Requires the scope `vote`; without it the result is an UnauthenticatedError.',
    args: { input: t.arg({ type: FollowInput, required: true, description: 'Whom or what to follow.' }) },
    resolve: async (_root, { input: { subjectId } }, context) => {
      const change = await changeOf(context, subjectId)
      if (change instanceof Refusal) return change
      const { userId, subject, orderBy, slug, name } = change
      const query = savedQueryString({ filter: { [subject.field]: [slug] }, orderBy })
      const saved = await follow(context.db, userId, { name, query, subject })
      const savedFilter = await savedOrRefused(context, saved, 'subjectId')
      return savedFilter instanceof Refusal ? savedFilter : { subjectId, savedFilter }
    },
  }),
  unfollow: t.field({
    type: FollowResult,
    description:
      'Ends a follow, with its private feeds. It does nothing where there is none. Requires the scope `vote`; without it the result is an UnauthenticatedError.',
    args: { input: t.arg({ type: FollowInput, required: true, description: 'Whom or what to follow no more.' }) },
    resolve: async (_root, { input: { subjectId } }, context) => {
      const change = await changeOf(context, subjectId)
      if (change instanceof Refusal) return change
      await unfollow(context.db, change.userId, change.subject)
      context.loaders.clearAll()
      return { subjectId, savedFilter: null }
    },
  }),
}))

/** Who follows whom or what, or the refusal. */
async function changeOf(context: Context, subjectId: string) {
  const user = await mayChange(context)
  if (user instanceof Refusal) return user
  const found = subjectOfId(subjectId)
  const names = found && (await namesOf(context, found))
  if (found === null || names === null) return unknownSubject()
  const subject: Subject = { field: found.field, id: names.id }
  return { userId: user.id, subject, orderBy: found.orderBy, slug: names.slug, name: names.name }
}

interface FollowedSubject extends Subject {
  type: SubjectType
  orderBy: PaperOrderName
}

function subjectOfId(globalId: string): FollowedSubject | null {
  const { typename, key } = idOrNull(globalId) ?? {}
  if (typename === undefined || key === undefined || !isSubjectType(typename)) return null
  return { type: typename, id: key, ...SUBJECTS[typename] }
}

const isSubjectType = (typename: NodeType): typename is SubjectType => Object.hasOwn(SUBJECTS, typename)

/** Null if it no longer exists. The id of a merged topic or author gives those of the one that stands for it. */
async function namesOf(
  { loaders }: Context,
  { type, id }: FollowedSubject,
): Promise<{ id: number; slug: string; name: string } | null> {
  if (type === 'User') {
    const user = await loaders.user.load(id)
    return user && { id, slug: user.handle, name: user.name ?? user.handle }
  }
  const loader = { Author: loaders.author, Organization: loaders.organization, Topic: loaders.topic }[type]
  return loader.load(id)
}

const unknownSubject = () =>
  new Refusal(
    'NotFoundError',
    'There is nothing to follow with this id. Send the `id` of a Topic, Author, Organization or User.',
  )

const viewerFollows = (type: SubjectType) => ({
  description: 'Whether the signed-in user follows it; false for anonymous requests.',
  resolve: async ({ id }: { id: number }, _args: object, { loaders }: Context) =>
    (await loaders.followed.load('viewer')).has(subjectKey({ field: SUBJECTS[type].field, id })),
})

builder.objectField(Author, 'viewerFollows', (t) => t.boolean(viewerFollows('Author')))
builder.objectField(Organization, 'viewerFollows', (t) => t.boolean(viewerFollows('Organization')))
builder.objectField(Topic, 'viewerFollows', (t) => t.boolean(viewerFollows('Topic')))
builder.objectField(User, 'viewerFollows', (t) => t.boolean(viewerFollows('User')))
