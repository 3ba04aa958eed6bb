import { changeDigest, type DigestChange, deleteDigest, subscribe } from '../src/deliveries/subscriptions.ts'
import type { PaperFilter } from '../src/lists/paper-filter.ts'
import type { DigestRow } from '../src/queries/digests.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { PeriodEnum } from './edition.ts'
import { PaperFilterInput } from './paper-filter.ts'
import { withinBudget } from './rate-limit.ts'
import { SavedFilter } from './refs.ts'
import { InvalidInputError, RateLimitedError, Refusal, resolveMemberType } from './refusal.ts'
import { checkedQuery, mayChange, ownFilter, SavedFilterResult } from './saved-filter-mutations.ts'

const DigestState = builder.enumType('DigestState', {
  description: 'Whether a digest is sent.',
  values: {
    UNCONFIRMED: { description: 'Its confirmation mail has not been answered: nothing else is sent.' },
    ACTIVE: { description: 'It is sent for each edition that has papers of its list.' },
    PAUSED: { description: 'It is not sent until it is resumed.' },
    STOPPED: { description: 'It was unsubscribed, or its address takes no mail.' },
  },
})

const Digest = builder.objectRef<DigestRow>('Digest').implement({
  description: 'A mail with the papers of a list, for each edition once it is FINAL.',
  fields: (t) => ({
    period: t.expose('period', {
      type: PeriodEnum,
      description: 'Whether it has the papers of a day, a week or a month.',
    }),
    state: t.expose('state', { type: DigestState, description: 'Whether it is sent.' }),
    lastSentAt: t.expose('lastSentAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last mail was sent; null if none was.',
    }),
  }),
})

builder.objectField(SavedFilter, 'digest', (t) =>
  t.field({
    type: Digest,
    nullable: true,
    description: 'The mail with its papers; null if nobody subscribed to it by `setDigest`.',
    resolve: ({ id }, _args, { loaders }) => loaders.digestOfSavedFilter.load(id),
  }),
)

const SubscribeToDigestInput = builder.inputType('SubscribeToDigestInput', {
  description: 'Who wants which papers, how often.',
  fields: (t) => ({
    email: t.field({ type: 'EmailAddress', required: true, description: 'The address to which the mails go.' }),
    period: t.field({
      type: PeriodEnum,
      required: true,
      defaultValue: 'DAY',
      description: 'Whether a mail has the papers of a day, a week or a month.',
    }),
    filter: t.field({ type: PaperFilterInput, description: 'Which papers; null for all.' }),
  }),
})

const SubscribeToDigestPayload = builder.objectRef<{ email: string }>('SubscribeToDigestPayload').implement({
  description: 'The address gets a mail whose link confirms the subscription, unless it is subscribed already.',
  fields: (t) => ({ email: t.expose('email', { type: 'EmailAddress', description: 'The address.' }) }),
})

const SubscribeToDigestResult = builder.unionType('SubscribeToDigestResult', {
  description: 'What the address gets, or why nothing was done.',
  types: [SubscribeToDigestPayload, InvalidInputError, RateLimitedError],
  resolveType: resolveMemberType('SubscribeToDigestPayload'),
})

const SetDigestInput = builder.inputType('SetDigestInput', {
  description: 'Where the papers of a saved filter are sent, and how often.',
  fields: (t) => ({
    savedFilterId: t.id({ required: true, description: 'The `id` of the saved filter.' }),
    email: t.field({ type: 'EmailAddress', required: true, description: 'The address to which the mails go.' }),
    period: t.field({
      type: PeriodEnum,
      required: true,
      defaultValue: 'DAY',
      description: 'Whether a mail has the papers of a day, a week or a month.',
    }),
  }),
})

const DigestInput = builder.inputType('DigestInput', {
  description: 'The digest of a saved filter.',
  fields: (t) => ({ savedFilterId: t.id({ required: true, description: 'The `id` of the saved filter.' }) }),
})

const scope = 'Requires the scope `vote`; without it the result is an UnauthenticatedError.'
const inputOf = { type: DigestInput, required: true, description: 'Which digest.' } as const

builder.mutationFields((t) => ({
  subscribeToDigest: t.field({
    type: SubscribeToDigestResult,
    description:
      'Subscribes an address to the papers of a filter by mail. It is sent a mail with a link that confirms this, and nothing else before; the result is the same whether or not the address was known. Without a token. Few confirmation mails are sent to one address, and for one client.',
    args: { input: t.arg({ type: SubscribeToDigestInput, required: true, description: 'The subscription.' }) },
    resolve: async (_root, { input: { email, period, filter } }, context) => {
      const query = await mailedQuery(context, filter ?? {})
      if (query instanceof Refusal) return query
      await subscribe(context.db, { address: email, period, list: { query } })
      return { email }
    },
  }),
  setDigest: t.field({
    type: SavedFilterResult,
    description: `Sends the papers of a saved filter by mail, once the address has confirmed it by the link in a mail. With another address or period it replaces the digest that there is. ${scope}`,
    args: { input: t.arg({ type: SetDigestInput, required: true, description: 'The digest.' }) },
    resolve: async (_root, { input: { savedFilterId, email, period } }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const saved = await ownFilter(context, savedFilterId)
      if (saved instanceof Refusal) return saved
      const limited = await mayBeSent(context)
      if (limited !== null) return limited
      await subscribe(context.db, { address: email, period, list: { savedFilterId: saved.id } })
      context.loaders.clearAll()
      return saved
    },
  }),
  pauseDigest: t.field({
    type: SavedFilterResult,
    description: `Sends no more mails of a digest until \`resumeDigest\`. ${scope}`,
    args: { input: t.arg(inputOf) },
    resolve: (_root, { input }, context) => change(context, input.savedFilterId, 'pause'),
  }),
  resumeDigest: t.field({
    type: SavedFilterResult,
    description: `Sends a paused or stopped digest again. It does nothing to one that was never confirmed. ${scope}`,
    args: { input: t.arg(inputOf) },
    resolve: (_root, { input }, context) => change(context, input.savedFilterId, 'resume'),
  }),
  deleteDigest: t.field({
    type: SavedFilterResult,
    description: `Ends the digest of a saved filter and forgets its address there. ${scope}`,
    args: { input: t.arg(inputOf) },
    resolve: (_root, { input }, context) => change(context, input.savedFilterId, 'delete'),
  }),
}))

/** The list of a subscription without an account; the order does not matter, as mails have papers in the order of votes. */
async function mailedQuery(context: Context, filter: PaperFilter): Promise<string | Refusal> {
  const query = await checkedQuery(context, { filter, orderBy: 'TRENDING' })
  return query instanceof Refusal ? query : ((await mayBeSent(context)) ?? query)
}

/** Counts a confirmation mail, or returns the refusal. */
const mayBeSent = (context: Context) => withinBudget(context, 'confirmations', 'asked for as many confirmation mails')

async function change(
  context: Context,
  savedFilterId: string,
  what: Extract<DigestChange, 'pause' | 'resume'> | 'delete',
) {
  const user = await mayChange(context)
  if (user instanceof Refusal) return user
  const saved = await ownFilter(context, savedFilterId)
  if (saved instanceof Refusal) return saved
  const { db, loaders } = context
  const digest = await loaders.digestOfSavedFilter.load(saved.id)
  if (digest === null) return new Refusal('NotFoundError', 'This saved filter has no digest. Make one by `setDigest`.')
  if (what === 'delete') await deleteDigest(db, digest.token)
  else await changeDigest(db, digest.token, what)
  loaders.clearAll()
  return saved
}
