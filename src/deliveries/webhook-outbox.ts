import { sql } from 'drizzle-orm'
import { savedFilters } from '../../drizzle/tables/saved-filters.ts'
import { users } from '../../drizzle/tables/users.ts'
import { webhookDeliveries } from '../../drizzle/tables/webhook-deliveries.ts'
import { webhookEvents } from '../../drizzle/tables/webhook-events.ts'
import { webhooks } from '../../drizzle/tables/webhooks.ts'
import type { Db } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { unnested } from '../db/unnested.ts'
import type { Period } from '../values/editions.ts'
import type { DeliveredEvent, WebhookForm } from '../values/webhooks.ts'

/** In seconds: a webhook that takes nothing for so long is disabled. */
const FAILING_FOR = 86_400
/** In seconds: the delay after the first failure, by how much each delay is longer, and the longest. */
const DELAYS = { first: 5, factor: 4, longest: 4 * 3_600 }

/** A delivery that this process sends now, with what it needs to know. */
export interface ClaimedWebhook {
  id: number
  webhookId: number
  /** The attempt that begins: 1 for the first. */
  attempt: number
  /** Whether the last message of the webhook failed. */
  isFailing: boolean
  isOutOfTurn: boolean
  url: string
  form: WebhookForm
  document: string | null
  /** What messages are signed with: the secret, and for a while the one before. */
  secrets: string[]
  /** What its owner calls the list. */
  listName: string
  event: DeliveredEvent
  eventId: number
  query: string
  paperIds: number[]
  /** The number of votes of VOTES_REACHED. */
  votes: number | null
  edition: { period: Period; startsOn: string; paperCount: number } | null
  /** When the event was found, in RFC 3339. */
  foundAt: string
}

/** How many deliveries a process takes: of webhooks that work, and of those whose last message failed. */
export interface ClaimLimits {
  working: number
  failing: number
  leaseSeconds: number
}

/**
 * Takes deliveries that are due, each for one process alone: of each webhook the oldest that is not done, so that its messages
 * keep their order. One whose server died while it was sent is due again when its lease is over.
 */
export async function claimWebhooks(
  db: Db,
  { working, failing, leaseSeconds }: ClaimLimits,
): Promise<ClaimedWebhook[]> {
  const isDue = (row: string) =>
    sql.raw(`${row}.next_attempt_at <= now() and (${row}.state = 'PENDING' or ${row}.lease_until < now())`)
  const rows = await db.execute<Record<string, unknown>>(sql`
    with heads as materialized (
      select head.id, head.next_attempt_at, head.attempts, hook.failing_since is not null as is_failing
      from (
        select distinct webhook_id from ${webhookDeliveries} where state in ('PENDING', 'SENDING') and not is_out_of_turn
      ) as waiting
      join ${webhooks} as hook on hook.id = waiting.webhook_id and hook.state = 'ACTIVE'
      cross join lateral (
        select * from ${webhookDeliveries}
        where webhook_id = hook.id and state in ('PENDING', 'SENDING') and not is_out_of_turn order by id limit 1
      ) as head
      where ${isDue('head')} and ${isHeard('hook')}
      union all
      select turn.id, turn.next_attempt_at, turn.attempts, hook.failing_since is not null
      from ${webhookDeliveries} as turn join ${webhooks} as hook on hook.id = turn.webhook_id
      where turn.state in ('PENDING', 'SENDING') and turn.is_out_of_turn and ${isDue('turn')} and ${isHeard('hook')}
    ),
    due as (
      (select id from heads where not is_failing order by next_attempt_at, id limit ${working})
      -- First those that may have failed by chance.
      union all (select id from heads where is_failing order by attempts, next_attempt_at, id limit ${failing})
    ),
    free as materialized (
      select delivery.id from ${webhookDeliveries} as delivery
      where delivery.id in (select id from due) and delivery.state in ('PENDING', 'SENDING') and ${isDue('delivery')}
      order by delivery.id for update skip locked
    ),
    taken as (
      update ${webhookDeliveries} set state = 'SENDING', attempts = attempts + 1,
        lease_until = now() + ${leaseSeconds} * interval '1 second'
      where id in (select id from free) returning *
    )
    select taken.id, taken.webhook_id, taken.attempts, taken.is_out_of_turn, hook.failing_since is not null as is_failing,
      hook.url, hook.form, hook.document, hook.votes, list.name,
      hook.secret, case when hook.previous_secret_until > now() then hook.previous_secret end as previous_secret,
      event.id as event_id, event.event, event.query, event.paper_ids, event.period, event.starts_on::text, event.paper_count,
      event.created_at
    from taken join ${webhooks} as hook on hook.id = taken.webhook_id join ${savedFilters} as list on list.id = hook.saved_filter_id
      join ${webhookEvents} as event on event.id = taken.event_id
    order by taken.id`)
  return rows.map((row) => ({
    id: Number(row.id),
    webhookId: Number(row.webhook_id),
    attempt: Number(row.attempts),
    isFailing: row.is_failing === true,
    isOutOfTurn: row.is_out_of_turn === true,
    url: String(row.url),
    form: row.form as WebhookForm,
    document: row.document as string | null,
    secrets: [String(row.secret), ...(row.previous_secret === null ? [] : [String(row.previous_secret)])],
    listName: String(row.name),
    event: row.event as DeliveredEvent,
    eventId: Number(row.event_id),
    query: String(row.query),
    paperIds: (row.paper_ids as unknown[]).map(Number),
    votes: row.votes === null ? null : Number(row.votes),
    edition:
      row.period === null
        ? null
        : {
            period: row.period as Period,
            startsOn: String(row.starts_on),
            paperCount: Number(row.paper_count),
          },
    foundAt: rfc3339(String(row.created_at)),
  }))
}

/** Suspended users are told nothing. */
const isHeard = (hook: string) => sql`${sql.raw(hook)}.saved_filter_id in (
  select list.id from ${savedFilters} as list join ${users} as owner on owner.id = list.user_id where owner.suspended_at is null)`

/** Gives back what this process had claimed and did not send, or cut off. */
export const releaseWebhooks = (db: Db, claimed: readonly ClaimedWebhook[]) =>
  db.execute(sql`
    update ${webhookDeliveries} as delivery set state = 'PENDING', lease_until = null
    from ${unnested(
      'given',
      { id: 'bigint', attempt: 'int' },
      claimed.map(({ id, attempt }) => ({ id, attempt })),
    )}
    where delivery.id = given.id and delivery.state = 'SENDING' and delivery.attempts = given.attempt`)

/** What became of an attempt. */
export interface WebhookResult {
  id: number
  webhookId: number
  attempt: number
  /** FAILED: it is tried again after `delaySeconds`, unless it was out of turn. GONE: the address wants nothing more. */
  outcome: 'SENT' | 'EMPTY' | 'FAILED' | 'GONE'
  status: number | null
  reason: string | null
  delaySeconds: number
}

/**
 * Stores what became of deliveries that this process had claimed, unless another process has taken them meanwhile. A webhook that
 * has failed for a day, or that is GONE, is DISABLED, and what waits for it fails.
 *
 * @returns the webhooks that this disabled, each with its reason
 */
export async function storeWebhookResults(
  db: Db,
  results: readonly WebhookResult[],
): Promise<{ id: number; reason: string }[]> {
  const rows = await db.execute<{ id: string; state_reason: string }>(sql`
    with results as (
      select * from jsonb_to_recordset(${JSON.stringify(results)}::jsonb)
        as (id bigint, attempt int, outcome text, status int, reason text, "delaySeconds" double precision)
    ),
    stored as (
      update ${webhookDeliveries} as delivery set
        state = case when outcome in ('SENT', 'EMPTY') then outcome when outcome = 'GONE' or is_out_of_turn then 'FAILED' else 'PENDING' end,
        status = results.status, reason = results.reason, lease_until = null,
        next_attempt_at = least(
          now() + results."delaySeconds" * interval '1 second',
          coalesce((select failing_since from ${webhooks} where id = delivery.webhook_id), now()) + ${FAILING_FOR} * interval '1 second'
        ),
        finished_at = case when outcome <> 'FAILED' or is_out_of_turn then now() end
      from results where delivery.id = results.id and delivery.state = 'SENDING' and delivery.attempts = results.attempt
      returning delivery.webhook_id, results.outcome, results.reason, delivery.is_out_of_turn
    ),
    outcomes as (
      select webhook_id, bool_or(outcome = 'SENT') as is_sent, bool_or(outcome = 'EMPTY') as is_empty, bool_or(outcome = 'FAILED' and not is_out_of_turn) as has_failed,
        bool_or(outcome = 'GONE') as is_gone, max(reason) as reason
      from stored group by webhook_id
    ),
    changed as (
      update ${webhooks} as hook set
        failing_since = case when is_sent or is_empty then null else coalesce(failing_since, case when has_failed then now() end) end,
        state = case when ${isOver} and hook.state = 'ACTIVE' then 'DISABLED' else hook.state end,
        state_reason = case
          when not ${isOver} or hook.state <> 'ACTIVE' then state_reason
          when is_gone then outcomes.reason else 'It has taken no message for a day. The last reason: ' || outcomes.reason
        end
      from outcomes where hook.id = outcomes.webhook_id
        and (is_gone or has_failed and not is_sent or (is_sent or is_empty) and failing_since is not null)
      returning hook.id, hook.state, hook.state_reason, is_sent
    ),
    -- Whoever works again is not kept waiting.
    hurried as (
      update ${webhookDeliveries} set next_attempt_at = now()
      where webhook_id in (select id from changed where is_sent) and state = 'PENDING' and next_attempt_at > now()
    )
    select id, state_reason from changed where state = 'DISABLED'`)
  const disabled = rows.map((row) => ({ id: Number(row.id), reason: row.state_reason }))
  if (disabled.length > 0)
    await failWaiting(
      db,
      disabled.map(({ id }) => id),
    )
  return disabled
}

const isOver = sql.raw(
  `(is_gone or has_failed and not is_sent and failing_since <= now() - ${FAILING_FOR} * interval '1 second')`,
)

/** What waits for webhooks that were disabled or paused fails; a server that is sending one finds that it has. */
export const failWaiting = (db: Db, webhookIds: readonly number[]) =>
  db.execute(sql`
    update ${webhookDeliveries} set state = 'FAILED', finished_at = now(), lease_until = null,
      reason = coalesce(reason, 'The webhook was turned off before this was sent.')
    where webhook_id = any(${sql.param([...webhookIds])}::bigint[]) and state in ('PENDING', 'SENDING') and not is_out_of_turn`)

/** In seconds: how long to wait after an attempt that failed. From five seconds to four hours. */
export const webhookDelay = (attempt: number): number =>
  Math.min(DELAYS.first * DELAYS.factor ** (attempt - 1), DELAYS.longest) * (0.8 + 0.4 * Math.random())
