import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'

/** A paper as a person's data names it. */
const PAPER = sql`json_build_object('arxivId', papers.arxiv_id, 'doi', papers.doi, 'title', papers.title)`

/**
 * Everything that is stored about a user, as one JSON value; null if there is no such user. Of tokens, the hashes are left out:
 * they would let whoever reads the file find out whether a token that they have is the user's. So are the secrets of webhooks, with
 * which their messages are signed.
 *
 * `test/programs/user.test.ts` fails if a table refers to users and is not here.
 */
export async function personalDataOf(db: Db, userId: number): Promise<Record<string, unknown> | null> {
  const list = (rows: ReturnType<typeof sql>) => sql`coalesce((select json_agg(theirs) from (${rows}) as theirs), '[]')`
  const [row] = await db.execute<{ data: Record<string, unknown> }>(sql`
    select json_build_object(
      'user', json_build_object('id', id, 'handle', handle, 'name', name, 'avatarUrl', avatar_url, 'sourceKey', source_key,
        'namedAsOf', named_as_of, 'accountSince', account_since, 'suspendedAt', suspended_at),
      'tokens', ${list(sql`
        select id, scopes, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt"
        from access_tokens where user_id = ${userId} order by id`)},
      'votes', ${list(sql`
        select ${PAPER} as paper, voted_at as "votedAt", counts from (
          select paper_id, voted_at, true as counts from votes where user_id = ${userId}
          union all select paper_id, voted_at, false from suspended_votes where user_id = ${userId}
        ) as cast_here join papers on papers.id = paper_id order by voted_at, paper_id`)},
      'submissions', ${list(sql`
        select ${PAPER} as paper, listed_at as "listedAt", listed_on as "listedOn", hidden_at as "hiddenAt"
        from papers where submitter_id = ${userId} order by id`)},
      'authors', ${list(sql`select slug, name from authors where user_id = ${userId} order by id`)},
      'savedFilters', ${list(sql`
        select name, query, feed_token as "feedToken", created_at as "createdAt" from saved_filters
        where user_id = ${userId} order by id`)},
      'digests', ${list(sql`
        select address, saved_filters.name as "savedFilter", digests.query, period, state, digests.created_at as "createdAt",
          confirmed_at as "confirmedAt", last_sent_at as "lastSentAt"
        from digests join mail_addresses on mail_addresses.id = address_id left join saved_filters on saved_filters.id = saved_filter_id
        where saved_filters.user_id = ${userId} or address_id in (
          select address_id from digests join saved_filters on saved_filters.id = saved_filter_id
          where user_id = ${userId} and confirmed_at is not null
        ) order by digests.id`)},
      'webhooks', ${list(sql`
        select saved_filters.name as "savedFilter", url, form, events, votes, editions, document, state, webhooks.created_at as "createdAt"
        from webhooks join saved_filters on saved_filters.id = saved_filter_id where user_id = ${userId} order by webhooks.id`)},
      'followers', (select count(*) from saved_filters where submitter_id = ${userId}),
      'reports', ${list(sql`
        select ${PAPER} as paper, reason, comment, reported_at as "reportedAt", resolved_at as "resolvedAt", resolution
        from paper_reports join papers on papers.id = paper_id where user_id = ${userId} order by paper_reports.id`)},
      'resolvedReports', ${list(sql`
        select ${PAPER} as paper, resolved_at as "resolvedAt", resolution
        from paper_reports join papers on papers.id = paper_id where resolved_by = ${userId} order by paper_reports.id`)},
      'auditLog', ${list(sql`
        select done_at as "doneAt", action, user_id = ${userId} as "isActor", reason, subjects, changes from audit_log
        where user_id = ${userId} or subjects @> array[${`User:${userId}`}] order by id`)}
    ) as data
    from users where id = ${userId}`)
  return row?.data ?? null
}
