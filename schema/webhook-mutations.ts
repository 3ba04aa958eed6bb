import {
  createWebhook,
  deleteWebhook,
  MOST_WEBHOOKS,
  OLD_SECRET_HOURS,
  pingWebhook,
  redeliver,
  updateWebhook,
  type WebhookChoices,
} from '../src/deliveries/webhook-writes.ts'
import { type WebhookDeliveryRow, webhookDeliveryById } from '../src/lists/webhook-deliveries.ts'
import { type WebhookRow, webhookOfDelivery } from '../src/queries/webhooks.ts'
import type { Period } from '../src/values/editions.ts'
import { type DeliveredEvent, WEBHOOK_EVENTS, type WebhookForm } from '../src/values/webhooks.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { PeriodEnum } from './edition.ts'
import { encodeGlobalId, keyOrNull } from './global-id.ts'
import { Webhook } from './refs.ts'
import {
  type InvalidFieldSource,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'
import { mayChange, ownFilter } from './saved-filter-mutations.ts'
import { WebhookDelivery, WebhookEventEnum, WebhookFormEnum } from './webhook.ts'

/** In characters. */
const LONGEST_URL = 2_000
const MOST_VOTES = 1_000_000

const events = 'What it is told of: at least one, and not PING.'
const votes = `The number of votes of VOTES_REACHED: 1 to ${MOST_VOTES.toLocaleString('en')}. Needed with that event, and only then.`
const url =
  'The address: https, on the public internet, and without a redirect. Whoever knows the address of a chat service can post there, so only the owner sees it.'
const document =
  'Only for STANDARD: a GraphQL query whose result becomes `data`, run without a token. It may have the variables `$paperIds: [ID!]!`, the papers of the message, and `$period: Period` and `$date: Date`, the edition of EDITION_FINAL. It has the limits of every operation.'

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  description: 'Which papers are posted where, and when.',
  fields: (t) => ({
    savedFilterId: t.id({ required: true, description: 'The `id` of the saved filter.' }),
    url: t.field({ type: 'URL', required: true, description: url }),
    form: t.field({
      type: WebhookFormEnum,
      required: true,
      defaultValue: 'STANDARD',
      description: 'For whom messages are written.',
    }),
    events: t.field({ type: [WebhookEventEnum], required: true, description: events }),
    votes: t.int({ description: votes }),
    editions: t.field({
      type: PeriodEnum,
      required: true,
      defaultValue: 'DAY',
      description: 'Which editions EDITION_FINAL is about.',
    }),
    document: t.string({ description: `${document} Null for the default.` }),
  }),
})

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'What to change of a webhook. What is null stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The `id` of the webhook.' }),
    url: t.field({ type: 'URL', description: url }),
    events: t.field({ type: [WebhookEventEnum], description: events }),
    votes: t.int({ description: votes }),
    editions: t.field({ type: PeriodEnum, description: 'Which editions EDITION_FINAL is about.' }),
    document: t.string({ description: `${document} An empty text for the default.` }),
    isActive: t.boolean({
      description:
        'Turns it on or off. What waits when it is turned off is not sent; what comes meanwhile is not told. `redeliver` repeats single messages.',
    }),
    rotateSecret: t.boolean({
      required: true,
      defaultValue: false,
      description: `Makes a new secret. For ${OLD_SECRET_HOURS} hours messages are signed with the old one, too, so that there is time to change it.`,
    }),
  }),
})

const WebhookPayload = builder.objectRef<{ webhook: WebhookRow; secret: string | null }>('WebhookPayload').implement({
  description: 'The change is stored.',
  fields: (t) => ({
    webhook: t.field({
      type: Webhook,
      description: 'The webhook as it is now.',
      resolve: ({ webhook }) => webhook,
    }),
    secret: t.exposeString('secret', {
      nullable: true,
      description:
        'The new secret with which STANDARD messages are signed: `whsec_` and base64. It is shown here only. Null if it is the one before, and for other forms.',
    }),
  }),
})

const DeleteWebhookPayload = builder.objectRef<{ id: number }>('DeleteWebhookPayload').implement({
  description: 'The webhook is gone.',
  fields: (t) => ({
    webhookId: t.id({ description: 'The `id` that it had.', resolve: ({ id }) => encodeGlobalId('Webhook', id) }),
  }),
})

const WebhookDeliveryPayload = builder.objectRef<{ delivery: WebhookDeliveryRow }>('WebhookDeliveryPayload').implement({
  description: 'The message will be sent within seconds.',
  fields: (t) => ({
    delivery: t.field({
      type: WebhookDelivery,
      description: 'The message. Read it by `Webhook.deliveries` later to see what became of it.',
      resolve: ({ delivery }) => delivery,
    }),
  }),
})

const WebhookResult = builder.unionType('WebhookResult', {
  description: 'The webhook as it is now, or why nothing was done.',
  types: [WebhookPayload, UnauthenticatedError, NotFoundError, InvalidInputError, RateLimitedError],
  resolveType: resolveMemberType('WebhookPayload'),
})

const DeleteWebhookResult = builder.unionType('DeleteWebhookResult', {
  description: 'What was deleted, or why nothing was done.',
  types: [DeleteWebhookPayload, UnauthenticatedError, NotFoundError, RateLimitedError],
  resolveType: resolveMemberType('DeleteWebhookPayload'),
})

const WebhookDeliveryResult = builder.unionType('WebhookDeliveryResult', {
  description: 'The message, or why none is sent.',
  types: [WebhookDeliveryPayload, UnauthenticatedError, NotFoundError, RateLimitedError],
  resolveType: resolveMemberType('WebhookDeliveryPayload'),
})

const scope = 'Requires the scope `vote`; without it the result is an UnauthenticatedError.'
const oneWebhook = (does: string) =>
  builder.inputType(`${does}Input`, {
    description: 'The webhook.',
    fields: (t) => ({ id: t.id({ required: true, description: 'The `id` of the webhook.' }) }),
  })
const DeleteWebhookInput = oneWebhook('DeleteWebhook')
const PingWebhookInput = oneWebhook('PingWebhook')
const RedeliverInput = builder.inputType('RedeliverInput', {
  description: 'The message to send again.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The `id` of the delivery.' }) }),
})

builder.mutationFields((t) => ({
  createWebhook: t.field({
    type: WebhookResult,
    description: `Posts papers of a saved filter to an address as they come. At most ${MOST_WEBHOOKS} a user. ${scope}`,
    args: { input: t.arg({ type: CreateWebhookInput, required: true, description: 'The webhook.' }) },
    resolve: async (_root, { input: { savedFilterId, form, ...given } }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const saved = await ownFilter(context, savedFilterId)
      if (saved instanceof Refusal) return saved
      const choices = await checked(context, form, {
        ...given,
        votes: given.votes ?? null,
        document: given.document || null,
      })
      if (choices instanceof Refusal) return choices
      const made = await createWebhook(context.db, user.id, { savedFilterId: saved.id, form, ...choices })
      if (made === 'full')
        return invalid([
          {
            path: 'savedFilterId',
            message: `You have ${MOST_WEBHOOKS} webhooks, as many as one may have. Delete one first.`,
          },
        ])
      return made === null ? unknown() : shown(context, made.id, form === 'STANDARD' ? made.secret : null)
    },
  }),
  updateWebhook: t.field({
    type: WebhookResult,
    description: `Changes a webhook, turns it on or off, or gives it another secret. ${scope}`,
    args: { input: t.arg({ type: UpdateWebhookInput, required: true, description: 'What to change.' }) },
    resolve: async (_root, { input: { id, isActive, rotateSecret, ...given } }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const before = await ownWebhook(context, id)
      if (before instanceof Refusal) return before
      const told = given.events ?? before.events
      const choices = await checked(context, before.form, {
        url: given.url ?? before.url,
        events: told,
        votes: given.votes ?? (told.includes('VOTES_REACHED') ? before.votes : null),
        editions: given.editions ?? before.editions,
        document: given.document === '' ? null : (given.document ?? before.document),
      })
      if (choices instanceof Refusal) return choices
      const { secret } = await updateWebhook(context.db, before.id, {
        ...choices,
        isActive: isActive ?? null,
        rotatesSecret: rotateSecret,
      })
      return shown(context, before.id, before.form === 'STANDARD' ? secret : null)
    },
  }),
  deleteWebhook: t.field({
    type: DeleteWebhookResult,
    description: `Deletes a webhook, with its messages. What waits is not sent. ${scope}`,
    args: { input: t.arg({ type: DeleteWebhookInput, required: true, description: 'The webhook.' }) },
    resolve: async (_root, { input }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const webhook = await ownWebhook(context, input.id)
      if (webhook instanceof Refusal) return webhook
      await deleteWebhook(context.db, webhook.id)
      context.loaders.clearAll()
      return { id: webhook.id }
    },
  }),
  pingWebhook: t.field({
    type: WebhookDeliveryResult,
    description: `Sends a test with the newest papers of the list, whether or not the webhook is active and whatever else waits. It is tried once. ${scope}`,
    args: { input: t.arg({ type: PingWebhookInput, required: true, description: 'The webhook.' }) },
    resolve: async (_root, { input }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const webhook = await ownWebhook(context, input.id)
      if (webhook instanceof Refusal) return webhook
      const saved = await context.loaders.savedFilter.load(webhook.savedFilterId)
      if (saved === null) return unknown()
      return sent(context, await pingWebhook(context.db, webhook.id, saved))
    },
  }),
  redeliver: t.field({
    type: WebhookDeliveryResult,
    description: `Sends a message of a webhook again, with the same id, whether or not the webhook is active. One that is done is tried once, whatever else waits; one that waits for its next attempt is tried at once. ${scope}`,
    args: { input: t.arg({ type: RedeliverInput, required: true, description: 'The message.' }) },
    resolve: async (_root, { input }, context) => {
      const user = await mayChange(context)
      if (user instanceof Refusal) return user
      const id = keyOrNull('WebhookDelivery', input.id)
      const webhookId = id === null ? null : await webhookOfDelivery(context.db, id)
      const webhook = webhookId === null ? null : await context.loaders.webhook.load(webhookId)
      if (id === null || webhook === null)
        return new Refusal(
          'NotFoundError',
          'You have no message of this id. Read those that are kept by `Webhook.deliveries`.',
        )
      await redeliver(context.db, id)
      return sent(context, id)
    },
  }),
}))

const unknown = () =>
  new Refusal(
    'NotFoundError',
    'You have no webhook of this id. Read those you have by `viewer { savedFilters { webhooks } }`.',
  )

const invalid = (fields: InvalidFieldSource[]) =>
  new Refusal('InvalidInputError', fields.map(({ message }) => message).join(' '), fields)

async function ownWebhook({ loaders }: Context, globalId: string): Promise<WebhookRow | Refusal> {
  const id = keyOrNull('Webhook', globalId)
  return (id === null ? null : await loaders.webhook.load(id)) ?? unknown()
}

async function shown({ loaders }: Context, id: number, secret: string | null) {
  loaders.clearAll()
  const webhook = await loaders.webhook.load(id)
  return webhook === null ? unknown() : { webhook, secret }
}

async function sent({ db, loaders }: Context, id: number) {
  loaders.clearAll()
  const delivery = await webhookDeliveryById(db, id)
  return delivery === null ? unknown() : { delivery }
}

interface Given {
  url: string
  events: readonly DeliveredEvent[]
  votes: number | null
  editions: Period
  document: string | null
}

/** The choices, or everything that is wrong with them. */
async function checked(
  { webhookChecks }: Context,
  form: WebhookForm,
  { url, events, votes, editions, document }: Given,
): Promise<WebhookChoices | Refusal> {
  const wrong: InvalidFieldSource[] = []
  const told = WEBHOOK_EVENTS.filter((event) => events.includes(event))
  if (events.includes('PING'))
    wrong.push({ path: 'events', message: '`events` must not have PING: `pingWebhook` sends a test.' })
  else if (told.length === 0) wrong.push({ path: 'events', message: '`events` must have at least one event.' })
  const problem = url.length > LONGEST_URL ? `It has more than ${LONGEST_URL.toLocaleString('en')} characters.` : null
  const wrongAddress = problem ?? (await webhookChecks.address(url))
  if (wrongAddress !== null) wrong.push({ path: 'url', message: `The address cannot be used. ${wrongAddress}` })
  if (told.includes('VOTES_REACHED') !== (votes !== null))
    wrong.push({
      path: 'votes',
      message:
        votes === null
          ? '`votes` must say how many votes VOTES_REACHED is about.'
          : '`votes` needs the event VOTES_REACHED.',
    })
  else if (votes !== null && (votes < 1 || votes > MOST_VOTES))
    wrong.push({
      path: 'votes',
      message: `\`votes\` must be from 1 to ${MOST_VOTES.toLocaleString('en')}; it is ${votes}.`,
    })
  const wrongDocument =
    document === null
      ? null
      : form === 'STANDARD'
        ? webhookChecks.document(document)
        : `\`document\` is for the form STANDARD; this webhook has the form ${form}.`
  if (wrongDocument !== null) wrong.push({ path: 'document', message: wrongDocument })
  return wrong.length > 0 ? invalid(wrong) : { url, events: told, votes, editions, document }
}
