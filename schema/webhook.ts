import { pageRequest } from '../src/lists/page.ts'
import {
  WEBHOOK_DELIVERY_ORDER,
  type WebhookDeliveryRow,
  webhookDeliveryCount,
  webhookDeliveryPage,
} from '../src/lists/webhook-deliveries.ts'
import { DELIVERIES_KEPT_DAYS, NEWLY_LISTED_DAYS } from '../src/values/webhooks.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge, forwardArgs } from './connection.ts'
import { PeriodEnum } from './edition.ts'
import { encodeGlobalId } from './global-id.ts'
import { SavedFilter, Webhook } from './refs.ts'

export const WebhookFormEnum = builder.enumType('WebhookForm', {
  description: 'For whom messages are written.',
  values: {
    STANDARD: {
      description:
        'For programs: JSON, signed as Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com), with `type`, `timestamp` and `data`.',
    },
    SLACK: { description: 'A message for an incoming webhook of Slack or Mattermost.' },
    DISCORD: { description: 'A message for a webhook of Discord.' },
    FEISHU: { description: 'A message for a custom bot of Feishu or Lark.' },
  },
})

export const WebhookEventEnum = builder.enumType('WebhookEvent', {
  description: 'What a webhook is told of.',
  values: {
    PAPER_LISTED: {
      description: `A paper is new in the list and on the daily list. Each is told once. Papers that were listed more than ${NEWLY_LISTED_DAYS} days ago are no news: an import of old lists tells nothing.`,
    },
    PAPER_CHANGED: {
      description: 'A paper of the list has a new version or another title, abstract or summary, or was withdrawn.',
    },
    VOTES_REACHED: { description: 'A paper of the list reached `votes` votes. Each is told once.' },
    EDITION_FINAL: {
      description: 'An edition with papers of the list is FINAL. The message has those with most votes.',
    },
    PING: { description: 'A test, which `pingWebhook` sends. No webhook is told of it by itself.' },
  },
})

const DeliveryState = builder.enumType('WebhookDeliveryState', {
  description: 'What became of a message.',
  values: {
    PENDING: { description: 'It waits: for its turn, or for its next attempt.' },
    SENDING: { description: 'It is being sent, or its server stopped meanwhile; then it is sent again.' },
    SENT: { description: 'The address took it: it responded with a status from 200 to 299.' },
    EMPTY: { description: 'None of its papers is shown any more, so nothing was sent.' },
    FAILED: { description: 'It is not tried again, unless `redeliver` asks for it. `reason` says why.' },
  },
})

export const WebhookDelivery = builder.objectRef<WebhookDeliveryRow>('WebhookDelivery')
WebhookDelivery.implement({
  description: 'A message of a webhook.',
  fields: (t) => ({
    id: t.id({
      description: 'The id of the delivery, for `redeliver`. It never changes; `node` does not read it.',
      resolve: ({ id }) => encodeGlobalId('WebhookDelivery', id),
    }),
    event: t.expose('event', { type: WebhookEventEnum, description: 'What it tells.' }),
    paperCount: t.int({
      description: 'The number of papers in it.',
      resolve: ({ paperIds }) => paperIds.length,
    }),
    state: t.expose('state', { type: DeliveryState, description: 'What became of it.' }),
    attempts: t.exposeInt('attempts', { description: 'How often it was sent, whether or not it was taken.' }),
    status: t.exposeInt('status', {
      nullable: true,
      description: 'The HTTP status of the last response; null before one, and if there was none.',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why the last attempt failed, as a sentence; null if none did.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the event was found.' }),
    deliveredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the address took it; null if it has not.',
      resolve: ({ state, finishedAt }) => (state === 'SENT' ? finishedAt : null),
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'The earliest moment of the next attempt; null if there is none. Messages of a webhook are sent in their order, so it may be later.',
      resolve: ({ state, nextAttemptAt }) => (state === 'PENDING' ? nextAttemptAt : null),
    }),
  }),
})

const DeliveryConnection = connectionTypes<
  WebhookDeliveryRow,
  Edge<WebhookDeliveryRow>,
  Connection<Edge<WebhookDeliveryRow>>
>('WebhookDelivery', WebhookDelivery, 'messages of a webhook').Connection

builder.node(Webhook, {
  description:
    'An address to which papers of a saved filter are posted as they come. Only its owner sees it. Each message arrives at least once, with the same id on every attempt, and in the order of the events.',
  id: { resolve: ({ id }) => id },
  fields: (t) => ({
    savedFilter: t.field({
      type: SavedFilter,
      description: 'The list whose papers it is about.',
      resolve: ({ savedFilterId }, _args, { loaders }) => loaders.savedFilter.load(savedFilterId) as never,
    }),
    url: t.expose('url', { type: 'URL', description: 'The address.' }),
    form: t.expose('form', { type: WebhookFormEnum, description: 'For whom messages are written.' }),
    events: t.expose('events', { type: [WebhookEventEnum], description: 'What it is told of; at least one.' }),
    votes: t.exposeInt('votes', {
      nullable: true,
      description: 'The number of votes of VOTES_REACHED; null without that event.',
    }),
    editions: t.expose('editions', { type: PeriodEnum, description: 'Which editions EDITION_FINAL is about.' }),
    document: t.exposeString('document', {
      nullable: true,
      description: 'The GraphQL document whose result is the `data` of a STANDARD message; null for the default.',
    }),
    isActive: t.boolean({
      description: 'Whether it is told of events.',
      resolve: ({ state }) => state === 'ACTIVE',
    }),
    inactiveReason: t.exposeString('stateReason', {
      nullable: true,
      description:
        'Why this server turned it off, as a sentence; null if it did not. It does so after a day in which the address took nothing, and at once after a response of 410. `updateWebhook` turns it on again.',
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when the address has taken no message; null if it took the last one.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    deliveries: t.field({
      type: DeliveryConnection,
      description: `Its messages, latest first; kept for ${DELIVERIES_KEPT_DAYS} days.`,
      args: forwardArgs('messages'),
      resolve: ({ id }, args, { db }) => {
        const request = pageRequest(args, WEBHOOK_DELIVERY_ORDER)
        return connectionOf(
          () => webhookDeliveryPage(db, id, request),
          (deliveries) => deliveries,
          () => webhookDeliveryCount(db, id),
        )
      },
    }),
  }),
})

builder.objectField(SavedFilter, 'webhooks', (t) =>
  t.field({
    type: [Webhook],
    description: 'The addresses to which its papers are posted, oldest first.',
    resolve: ({ id }, _args, { loaders }) => loaders.webhooksOfSavedFilter.load(id),
  }),
)
