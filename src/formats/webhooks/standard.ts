import { createHmac } from 'node:crypto'
import type { DeliveredEvent } from '../../values/webhooks.ts'
import type { WebhookMessage } from './message.ts'

/** The types of events as Standard Webhooks writes them. */
const TYPES: Record<DeliveredEvent, string> = {
  PAPER_LISTED: 'paper.listed',
  PAPER_CHANGED: 'paper.changed',
  VOTES_REACHED: 'votes.reached',
  EDITION_FINAL: 'edition.final',
  PING: 'ping',
}

/** The body of a message in the form of Standard Webhooks. */
export const standardBody = (event: DeliveredEvent, foundAt: string, data: unknown): string =>
  JSON.stringify({ type: TYPES[event], timestamp: foundAt, data })

/** The data of a message whose webhook has no document of its own. */
export const standardData = (
  { listName, papers, votes, edition }: WebhookMessage,
  list: { queryString: string },
): unknown => ({
  list: { name: listName, ...list },
  ...(votes === null ? {} : { votes }),
  ...(edition === null
    ? {}
    : {
        edition: {
          period: edition.period,
          startsOn: edition.startsOn,
          endsOn: edition.endsOn,
          paperCount: edition.paperCount,
        },
      }),
  papers,
})

/**
 * The headers of Standard Webhooks 1.0.0. Each secret gives a signature: while a secret changes there are two.
 *
 * @param secrets `whsec_` and base64
 */
export function standardHeaders(
  { id, sentAt, body }: { id: string; sentAt: Date; body: string },
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = Math.floor(sentAt.getTime() / 1_000)
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  }
}
