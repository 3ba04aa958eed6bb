import { queryOfSaved, savedQueryString } from '../src/formats/saved-filter.ts'
import { subjectOf } from '../src/lists/filter-subject.ts'
import { type PaperFilter, resolveFilter } from '../src/lists/paper-filter.ts'
import { checkOrder, type PaperOrderName } from '../src/lists/paper-orders.ts'
import type { SavedFilterRow } from '../src/queries/saved-filters.ts'
import type { UserRow } from '../src/queries/users.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { nameOf } from '../src/values/text.ts'
import {
  createSavedFilter,
  deleteSavedFilter,
  MOST_SAVED_FILTERS,
  rotateFeedToken,
  type Saved,
  type SavedList,
  updateSavedFilter,
} from '../src/writes/saved-filters.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { encodeGlobalId, keyOrNull } from './global-id.ts'
import { PaperFilterInput, PaperOrder } from './paper-filter.ts'
import { permitted } from './permission.ts'
import { withinBudget } from './rate-limit.ts'
import { SavedFilter } from './refs.ts'
import {
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'

/** In characters. */
const LONGEST = { name: 100, query: 4_000 }

const nameDescription = `The name of the list, for the user; 1 to ${LONGEST.name} characters.`

const CreateSavedFilterInput = builder.inputType('CreateSavedFilterInput', {
  description: 'The list to keep.',
  fields: (t) => ({
    name: t.string({ required: true, description: nameDescription }),
    filter: t.field({ type: PaperFilterInput, description: 'Which papers; null for all.' }),
    orderBy: t.field({
      type: PaperOrder,
      required: true,
      defaultValue: 'TRENDING',
      description: 'The order of the list.',
    }),
  }),
})

const UpdateSavedFilterInput = builder.inputType('UpdateSavedFilterInput', {
  description: 'What to change of a saved filter. What is null stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The `id` of the saved filter.' }),
    name: t.string({ description: nameDescription }),
    filter: t.field({
      type: PaperFilterInput,
      description: 'Which papers, instead of the whole filter; `{}` for all.',
    }),
    orderBy: t.field({ type: PaperOrder, description: 'The order of the list.' }),
  }),
})

const SavedFilterPayload = builder.objectRef<SavedFilterRow>('SavedFilterPayload').implement({
  description: 'The change is stored.',
  fields: (t) => ({
    savedFilter: t.field({
      type: SavedFilter,
      description: 'The saved filter as it is now.',
      resolve: (saved) => saved,
    }),
  }),
})

const DeleteSavedFilterPayload = builder.objectRef<{ id: number }>('DeleteSavedFilterPayload').implement({
  description: 'The saved filter is gone.',
  fields: (t) => ({
    savedFilterId: t.id({
      description: 'The `id` that it had.',
      resolve: ({ id }) => encodeGlobalId('SavedFilter', id),
    }),
  }),
})

export const SavedFilterResult = builder.unionType('SavedFilterResult', {
  description: 'The saved filter as it is now, or why nothing was done.',
  types: [SavedFilterPayload, UnauthenticatedError, NotFoundError, InvalidInputError, RateLimitedError],
  resolveType: resolveMemberType('SavedFilterPayload'),
})

const DeleteSavedFilterResult = builder.unionType('DeleteSavedFilterResult', {
  description: 'What was deleted, or why nothing was done.',
  types: [DeleteSavedFilterPayload, UnauthenticatedError, NotFoundError, RateLimitedError],
  resolveType: resolveMemberType('DeleteSavedFilterPayload'),
})

const scope = 'Requires the scope `vote`; without it the result is an UnauthenticatedError.'
const oneId = (does: string) =>
  builder.inputType(`${does}Input`, {
    description: 'The saved filter.',
    fields: (t) => ({ id: t.id({ required: true, description: 'The `id` of the saved filter.' }) }),
  })
const DeleteSavedFilterInput = oneId('DeleteSavedFilter')
const RotateFeedTokenInput = oneId('RotateFeedToken')

builder.mutationFields((t) => ({
  createSavedFilter: t.field({
    type: SavedFilterResult,
    description: `Keeps a list. Members of its filter that name nothing are kept, too, and are in \`extensions.unknown\` of the response. At most ${MOST_SAVED_FILTERS} a user, each only once. ${scope}`,
    args: { input: t.arg({ type: CreateSavedFilterInput, required: true, description: 'The list.' }) },
    resolve: async (_root, { input: { name, filter, orderBy } }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const list = await checkedList(context, name, { filter: filter ?? {}, orderBy })
      if (list instanceof Refusal) return list
      return savedOrRefused(context, await createSavedFilter(context.db, user.id, list))
    },
  }),
  updateSavedFilter: t.field({
    type: SavedFilterResult,
    description: `Changes a saved filter. Its private feeds keep their addresses and show the new list. ${scope}`,
    args: { input: t.arg({ type: UpdateSavedFilterInput, required: true, description: 'What to change.' }) },
    resolve: async (_root, { input: { id, name, filter, orderBy } }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const saved = await ownFilter(context, id)
      if (saved instanceof Refusal) return saved
      const before = queryOfSaved(saved)
      const query = { filter: filter ?? before.filter, orderBy: orderBy ?? before.orderBy }
      const list = await checkedList(context, name ?? saved.name, query)
      if (list instanceof Refusal) return list
      return savedOrRefused(context, await updateSavedFilter(context.db, user.id, saved.id, list))
    },
  }),
  deleteSavedFilter: t.field({
    type: DeleteSavedFilterResult,
    description: `Deletes a saved filter, with its private feeds. ${scope}`,
    args: { input: t.arg({ type: DeleteSavedFilterInput, required: true, description: 'The saved filter.' }) },
    resolve: async (_root, { input }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const id = keyOrNull('SavedFilter', input.id)
      const isGone = id !== null && (await deleteSavedFilter(context.db, user.id, id))
      context.loaders.clearAll()
      return isGone ? { id } : unknownFilter()
    },
  }),
  rotateFeedToken: t.field({
    type: SavedFilterResult,
    description: `Gives the private feeds of a saved filter new addresses. The old ones stop working at once. ${scope}`,
    args: { input: t.arg({ type: RotateFeedTokenInput, required: true, description: 'The saved filter.' }) },
    resolve: async (_root, { input }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const id = keyOrNull('SavedFilter', input.id)
      const isDone = id !== null && (await rotateFeedToken(context.db, user.id, id))
      return savedOrRefused(context, isDone ? { id } : null)
    },
  }),
}))

/** The signed-in user, with one change less to make today; or the refusal. */
export async function mayChange(context: Context): Promise<UserRow | Refusal> {
  const user = permitted(context, 'vote', 'keep lists')
  if (user instanceof Refusal) return user
  return (await withinBudget(context, 'savedFilters', 'changed saved filters as often')) ?? user
}

export async function ownFilter({ loaders }: Context, globalId: string): Promise<SavedFilterRow | Refusal> {
  const id = keyOrNull('SavedFilter', globalId)
  return (id === null ? null : await loaders.savedFilter.load(id)) ?? unknownFilter()
}

const unknownFilter = () =>
  new Refusal('NotFoundError', 'You have no saved filter of this id. Read those you have by `viewer { savedFilters }`.')

/** The list in the form in which it is stored, or what is wrong with it. */
async function checkedList(
  context: Context,
  givenName: string,
  query: { filter: PaperFilter; orderBy: PaperOrderName },
): Promise<SavedList | Refusal> {
  const name = nameOf(givenName)
  if (name === '' || name.length > LONGEST.name)
    return invalid('name', `The name must have 1 to ${LONGEST.name} characters.`)
  const text = await checkedQuery(context, query)
  return text instanceof Refusal ? text : { name, query: text, subject: await subjectOf(context.db, query.filter) }
}

/** A list as a canonical query string, or what is wrong with it. */
export async function checkedQuery(
  { db, unknown }: Context,
  query: { filter: PaperFilter; orderBy: PaperOrderName },
): Promise<string | Refusal> {
  try {
    checkOrder(query.orderBy, query.filter)
    await resolveFilter(db, query.filter, {}, unknown)
  } catch (error) {
    if (error instanceof BadUserInput) return invalid(error.argument, error.message)
    throw error
  }
  const text = savedQueryString(query)
  if (text.length > LONGEST.query)
    return invalid(
      'filter',
      `The filter is too long: as a query string it may have ${LONGEST.query.toLocaleString('en')} characters, and has ${text.length.toLocaleString('en')}.`,
    )
  return text
}

const invalid = (path: string, message: string) => new Refusal('InvalidInputError', message, [{ path, message }])

/** The saved filter as it is now, or why it was not saved. */
export async function savedOrRefused({ loaders }: Context, saved: Saved | null, path = 'filter') {
  if (saved === 'full')
    return invalid(path, `You have ${MOST_SAVED_FILTERS} saved filters, as many as one may have. Delete one first.`)
  if (saved !== null && 'equalTo' in saved)
    return invalid(path, `You have saved this list already, as "${saved.equalTo}".`)
  loaders.clearAll()
  return (saved && (await loaders.savedFilter.load(saved.id))) ?? unknownFilter()
}
