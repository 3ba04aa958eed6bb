import type { Db } from '../src/db/client.ts'
import {
  MAIL_DELIVERY_ORDER,
  type MailDeliveryRow,
  mailDeliveryCount,
  mailDeliveryPage,
} from '../src/lists/mail-deliveries.ts'
import { pageRequest } from '../src/lists/page.ts'
import { type DeliveryCount, type DeliveryKind, type DeliveryState, deliveryCounts } from '../src/queries/deliveries.ts'
import { type EditionSpan, editionOf } from '../src/values/editions.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge, forwardArgs } from './connection.ts'
import { PeriodEnum } from './edition.ts'
import { permitted } from './permission.ts'
import { ForbiddenError, Refusal, resolveMemberType, UnauthenticatedError } from './refusal.ts'

const KINDS: Record<DeliveryKind, string> = {
  CONFIRMATION: 'The mail with the link that confirms a subscription.',
  DIGEST: 'The mail with the papers of an edition.',
  WEBHOOK: 'A request to a webhook.',
  WEBSUB: 'A changed feed of which the WebSub hub is told.',
}

const STATES: Record<DeliveryState, string> = {
  PENDING: 'It waits for its first or next attempt.',
  SENDING: 'A server is sending it.',
  SENT: 'The other side has taken it.',
  EMPTY: 'There was nothing to send: no paper of the list.',
  FAILED: 'It is given up, for the reason of its last attempt.',
  UNKNOWN:
    'A server stopped, or the connection broke, while it was sent. It may have been received, and is not sent again.',
}

/** An enum whose values are named as they are stored. */
const valuesOf = <Name extends string>(described: Record<Name, string>) =>
  Object.fromEntries(
    (Object.entries(described) as [Name, string][]).map(([name, description]) => [name, { value: name, description }]),
  ) as { [Each in Name]: { value: Each; description: string } }

const DeliveryKindEnum = builder.enumType('DeliveryKind', {
  description: 'What is delivered.',
  values: valuesOf(KINDS),
})
const DeliveryStateEnum = builder.enumType('DeliveryState', {
  description: 'What became of a delivery.',
  values: valuesOf(STATES),
})

const Count = builder.objectRef<DeliveryCount>('DeliveryCount').implement({
  description: 'How many deliveries of a kind are in a state.',
  fields: (t) => ({
    kind: t.field({ type: DeliveryKindEnum, description: 'What is delivered.', resolve: ({ kind }) => kind }),
    state: t.field({ type: DeliveryStateEnum, description: 'Their state.', resolve: ({ state }) => state }),
    count: t.exposeInt('count', { description: 'Their number; at least 1.' }),
    oldestAt: t.expose('oldestAt', { type: 'DateTime', description: 'When the oldest of them was added.' }),
  }),
})

const editionOfMail = ({ period, startsOn }: MailDeliveryRow): EditionSpan | null =>
  period === null || startsOn === null ? null : editionOf(period, startsOn)

const Mail = builder.objectRef<MailDeliveryRow>('MailDelivery')
Mail.implement({
  description: 'A mail that was sent or is to be sent, for the operator. To whom is not shown.',
  fields: (t) => ({
    id: t.id({
      description: 'Its number, which the log calls `delivery`. `node` does not read it.',
      resolve: ({ id }) => String(id),
    }),
    kind: t.field({ type: DeliveryKindEnum, description: 'What it is.', resolve: ({ kind }) => kind }),
    period: t.field({
      type: PeriodEnum,
      nullable: true,
      description: 'Whether a digest has the papers of a day, a week or a month; null for other mails.',
      resolve: ({ period }) => period,
    }),
    editionDate: t.field({
      type: 'Date',
      nullable: true,
      description: 'The first day of the edition of a digest; null for other mails.',
      resolve: (mail) => editionOfMail(mail)?.startsOn ?? null,
    }),
    state: t.field({ type: DeliveryStateEnum, description: 'What became of it.', resolve: ({ state }) => state }),
    attempts: t.exposeInt('attempts', { description: 'How often it was begun to be sent.' }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is sent or tried again, at the earliest; null unless it is PENDING.',
      resolve: ({ state, nextAttemptAt }) => (state === 'PENDING' ? nextAttemptAt : null),
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description:
        'Why the last attempt failed: a sentence, or what the mail server said, without addresses. Null if none did.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was added.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it got its last state; null while it is PENDING or SENDING.',
    }),
  }),
})

const mailTypes = connectionTypes<MailDeliveryRow, Edge<MailDeliveryRow>, Connection<Edge<MailDeliveryRow>>>(
  'MailDelivery',
  Mail,
  'mails',
)

const DeliveriesPayload = builder.objectRef<{ db: Db }>('DeliveriesPayload').implement({
  description: 'What this server sends by itself: mails, webhooks, and what the WebSub hub is told.',
  fields: (t) => ({
    counts: t.field({
      type: [Count],
      description: 'The deliveries that are not done, and those that were done within a day, by kind and state.',
      resolve: ({ db }) => deliveryCounts(db),
    }),
    mails: t.field({
      type: mailTypes.Connection,
      description: 'Mails of the last 30 days, and all that are not done, newest first.',
      args: {
        states: t.arg({ type: [DeliveryStateEnum], description: 'Only mails in one of these states; null for all.' }),
        ...forwardArgs('mails'),
      },
      resolve: ({ db }, { states, ...page }) => {
        const request = pageRequest(page, MAIL_DELIVERY_ORDER)
        return connectionOf(
          () => mailDeliveryPage(db, states ?? null, request),
          (mails) => mails,
          () => mailDeliveryCount(db, states ?? null),
        )
      },
    }),
  }),
})

const DeliveriesResult = builder.unionType('DeliveriesResult', {
  description: 'The deliveries, or why they are not shown.',
  types: [DeliveriesPayload, UnauthenticatedError, ForbiddenError],
  resolveType: resolveMemberType('DeliveriesPayload'),
})

builder.queryField('deliveries', (t) =>
  t.field({
    type: DeliveriesResult,
    description:
      'What this server sends by itself, and what became of it. Requires the scope `operate`; without it the result is a ForbiddenError.',
    resolve: (_root, _args, context) => {
      const user = permitted(context, 'operate', 'see the deliveries', 'ForbiddenError')
      return user instanceof Refusal ? user : { db: context.counting }
    },
  }),
)
