/** What a webhook can be told of. */
export const WEBHOOK_EVENTS = ['PAPER_LISTED', 'PAPER_CHANGED', 'VOTES_REACHED', 'EDITION_FINAL'] as const
export type WebhookEventName = (typeof WEBHOOK_EVENTS)[number]

/** What a delivery is about: an event, or a test that its owner asked for. */
export const DELIVERED_EVENTS = [...WEBHOOK_EVENTS, 'PING'] as const
export type DeliveredEvent = (typeof DELIVERED_EVENTS)[number]

/** For whom a message is written. */
export const WEBHOOK_FORMS = ['STANDARD', 'SLACK', 'DISCORD', 'FEISHU'] as const
export type WebhookForm = (typeof WEBHOOK_FORMS)[number]

/** PAUSED by its owner; DISABLED by the server, because its address takes nothing. */
export const WEBHOOK_STATES = ['ACTIVE', 'PAUSED', 'DISABLED'] as const
export type WebhookState = (typeof WEBHOOK_STATES)[number]

/** One message has at most so many papers, as many as Discord shows. */
export const PAPERS_A_MESSAGE = 10

/** Deliveries are kept so many days. */
export const DELIVERIES_KEPT_DAYS = 30

/** A paper counts as newly listed for so many days: an import of old lists is no news. */
export const NEWLY_LISTED_DAYS = 7
