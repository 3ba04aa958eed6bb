import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { unnested } from '../db/unnested.ts'
import { identityHash } from '../queries/erased-identities.ts'
import { ERASED_VOTES } from '../values/vocabulary.ts'
import { type Curator, recordAudit, subjectsOf } from '../writes/audit-log.ts'
import { refreshCounts } from '../writes/counts.ts'
import { LOCAL_KEY, PROVIDER_KEY } from '../writes/users.ts'
import { type Writing, writing } from '../writes/writing.ts'
import { updatePapers } from './save/paper-rows.ts'
import { readStatements, type StatedName, writeStatements } from './save/statements.ts'
import { readStoredPapers } from './save/stored-papers.ts'

/** What becomes of the votes that count: they stay as counts of nobody, or go. Those of a suspended user always go. */
export type VotesOfErased = 'keep' | 'remove'

export interface Erasure {
  votes: number
  submissions: number
  tokens: number
  savedFilters: number
  reports: number
  /** Names of authors that were linked to the account. */
  authors: number
}

/**
 * Erases a person: the account, tokens, votes, saved filters, webhooks, mail addresses, comments of reports, and the link to submissions, authors and
 * what they did as a curator. Submitted papers stay in their editions, without a submitter. Imports do not add the person again.
 *
 * Everything is one transaction. Returns null if there is no such user, as after an earlier erasure.
 */
export async function eraseUser(
  db: Db,
  userId: number,
  votes: VotesOfErased,
  operator: Curator,
  firstHalfLife: number,
): Promise<Erasure | null> {
  for (;;) {
    const result = await writing(db, (open) => tryToErase(open, userId, votes, operator, firstHalfLife))
    if (result !== 'again') return result
  }
}

/** `again`: the user voted or submitted before their row was locked, and nothing was changed. */
async function tryToErase(
  open: Writing,
  userId: number,
  kept: VotesOfErased,
  operator: Curator,
  firstHalfLife: number,
): Promise<Erasure | null | 'again'> {
  const { tx } = open
  const halfLifeHours = await open.holdHalfLife(firstHalfLife)
  const papersOf = sql`
    select paper_id from votes where user_id = ${userId} union select paper_id from suspended_votes where user_id = ${userId}
    union select id from papers where submitter_id = ${userId}`
  const locked = await open.lock('papers', papersOf)
  // `for update`, so that this waits for what the user writes at the moment, and whatever comes later finds no user.
  const [user] = await open.locking('users', (tx) =>
    tx.execute<{ handle: string; source_key: string | null }>(
      sql`select handle, source_key from users where id = ${userId} for update`,
    ),
  )
  if (!user) return null
  const others = await tx.execute(
    sql`select from (${papersOf}) as theirs (id) where id <> all(${sql.param(locked)}::bigint[]) limit 1`,
  )
  if (others.length > 0) return 'again'

  const [erasure] = await tx.execute<Record<keyof Erasure, number>>(sql`
    select (select count(*) from votes where user_id = ${userId})::int as votes,
      (select count(*) from papers where submitter_id = ${userId})::int as submissions,
      (select count(*) from access_tokens where user_id = ${userId})::int as tokens,
      (select count(*) from saved_filters where user_id = ${userId})::int as "savedFilters",
      (select count(*) from paper_reports where user_id = ${userId})::int as reports,
      (select count(*) from authors where user_id = ${userId})::int as authors`)
  const isLocal = [LOCAL_KEY, PROVIDER_KEY].some((prefix) => user.source_key?.startsWith(prefix))
  if (isLocal) await keepListings(tx, userId, operator.at)
  if (kept === 'keep') await keepVotesOfNobody(tx, userId)
  const voted = await tx.execute<{ id: string }>(
    sql`delete from votes where user_id = ${userId} returning paper_id as id`,
  )
  const votedIds = voted.map(({ id }) => Number(id))
  const authors = await tx.execute<{ id: string }>(sql`select id from authors where user_id = ${userId}`)
  const authorIds = authors.map(({ id }) => Number(id))
  await refreshCounts(open, { paperIds: votedIds, authorIds, organizationIds: [], topicIds: [] }, halfLifeHours)
  await tx.execute(sql`update paper_reports set comment = null where user_id = ${userId}`)
  await rememberErased(tx, user, operator.at)
  const addresses = await tx.execute<{ id: string; theirs: boolean }>(sql`
    select address_id as id, bool_or(confirmed_at is not null) as theirs from digests
    where saved_filter_id in (select id from saved_filters where user_id = ${userId}) group by address_id`)
  // Foreign keys remove the rest, and leave other rows without the user.
  await tx.execute(sql`delete from users where id = ${userId}`)
  await removeAddresses(
    tx,
    addresses.map(({ id, theirs }) => ({ id: Number(id), theirs })),
  )
  await recordAudit(open, operator, {
    action: 'ERASE_USER',
    subjects: subjectsOf('User', [userId]),
    changes: [{ field: 'votes', before: erasure?.votes ?? 0, after: kept === 'keep' ? (erasure?.votes ?? 0) : 0 }],
  })
  open.announceVotes(votedIds)
  open.announceAccess([userId])
  open.announceChange()
  return erasure ?? null
}

/** A mail address that was confirmed goes with all that was sent to it; another one may be somebody else's, who uses it, too. */
const removeAddresses = (tx: Db, addresses: readonly { id: number; theirs: boolean }[]) =>
  tx.execute(sql`
    delete from mail_addresses using ${unnested('r', { id: 'bigint', theirs: 'boolean' }, addresses)}
    where mail_addresses.id = r.id and (r.theirs or not exists (select from digests where address_id = r.id))`)

/** Facts that sources may not change, because the paper was submitted here. */
const LISTING: readonly StatedName[] = ['listedAt', 'listedOn', 'submitterId']

/** Without the submitter, nothing else would say that papers were submitted here and stay on their day. */
async function keepListings(tx: Db, userId: number, now: Date): Promise<void> {
  const rows = await tx.execute<{ id: string }>(
    sql`select id from papers where submitter_id = ${userId} and listed_on is not null`,
  )
  const papers = await readStoredPapers(
    tx,
    rows.map(({ id }) => Number(id)),
  )
  await updatePapers(
    tx,
    [...papers.values()].map((paper) => {
      const statements = readStatements(paper.otherStatements)
      for (const name of LISTING) statements.set(name, { by: 'CURATOR', asOf: now.toISOString(), doubt: 0 })
      return { ...paper, otherStatements: writeStatements([...statements]) }
    }),
  )
}

/** Adds the votes of a user to the counts of nobody, by the hour: the moment of a vote could tell whose it was. */
const keepVotesOfNobody = (tx: Db, userId: number) =>
  tx.execute(sql`
    with added as (
      select paper_id, date_trunc('hour', voted_at, 'UTC') as counted_at, 1 as increment from votes where user_id = ${userId}
      union all
      select paper_id, counted_at, increment from outside_counts
      where source = ${ERASED_VOTES} and paper_id in (select paper_id from votes where user_id = ${userId})
    ),
    hours as (select paper_id, counted_at, sum(increment)::int as increment from added group by paper_id, counted_at)
    insert into outside_counts (paper_id, source, counted_at, votes, increment)
    select paper_id, ${ERASED_VOTES}, counted_at, sum(increment) over (partition by paper_id order by counted_at), increment
    from hours
    on conflict (paper_id, source, counted_at) do update set votes = excluded.votes, increment = excluded.increment`)

async function rememberErased(
  tx: Db,
  { handle, source_key: sourceKey }: { handle: string; source_key: string | null },
  now: Date,
): Promise<void> {
  const hashes = [identityHash({ handle }), ...(sourceKey === null ? [] : [identityHash({ sourceKey })])]
  await tx.execute(sql`
    insert into erased_identities (hash, erased_at)
    select hash, ${now.toISOString()}::timestamptz from unnest(${sql.param(hashes)}::text[]) as hash
    on conflict (hash) do update set erased_at = excluded.erased_at`)
}
