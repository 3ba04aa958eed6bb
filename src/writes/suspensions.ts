import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { withLongerTimeLimit } from '../db/locks.ts'
import { executePrepared } from '../db/prepared.ts'
import { AccountSuspended } from '../values/errors.ts'
import { type Curator, recordAudit, subjectsOf } from './audit-log.ts'
import { idsOf, refreshCounts } from './counts.ts'
import { type Writing, writing } from './writing.ts'

/** So many votes are moved in one transaction: their papers stay locked until it ends. */
const SLICE = 500

/**
 * Suspends a user, or ends the suspension, and records it. Returns false if there is no such user. It takes effect at once and
 * by itself: the user is refused everywhere before their votes are moved. If moving them fails, a repetition goes on with it.
 */
export async function setSuspended(
  db: Db,
  userId: number,
  isSuspended: boolean,
  curator: Curator,
  firstHalfLife: number,
): Promise<boolean> {
  const found = await writing(db, (open) => markSuspended(open, userId, isSuspended, curator))
  if (found) await moveAllVotes(db, userId, firstHalfLife)
  return found
}

/** Moves the votes of a user to where they belong, if any is not there. */
export async function moveAllVotes(db: Db, userId: number, firstHalfLife: number): Promise<void> {
  while ((await moveVotes(db, userId, firstHalfLife)) > 0);
}

async function markSuspended(open: Writing, userId: number, isSuspended: boolean, curator: Curator): Promise<boolean> {
  // `for update`, so that this waits for what the user writes at the moment: their votes, submissions and reports hold the row
  // by `for key share`.
  const [user] = await open.locking('users', (tx) =>
    tx.execute<{ suspended: boolean }>(
      sql`select suspended_at is not null as suspended from users where id = ${userId} for update`,
    ),
  )
  if (!user) return false
  if (user.suspended === isSuspended) return true
  await open.tx.execute(
    sql`update users set suspended_at = ${isSuspended ? curator.at.toISOString() : null}::timestamptz where id = ${userId}`,
  )
  await recordAudit(open, curator, {
    action: isSuspended ? 'SUSPEND_USER' : 'UNSUSPEND_USER',
    subjects: subjectsOf('User', [userId]),
  })
  open.announceAccess([userId])
  // Empties the caches, in which the private feeds of the user may be.
  open.announceChange()
  return true
}

const TABLES = { votes: sql.identifier('votes'), suspended: sql.identifier('suspended_votes') }

/**
 * Moves votes of a user to where they belong: those of a suspended one out of the counts, those of others back. Returns how
 * many it moved. Whatever others do meanwhile, each transaction goes by the state that it locks.
 */
function moveVotes(db: Db, userId: number, firstHalfLife: number): Promise<number> {
  return writing(db, async (open) => {
    await open.tx.execute(withLongerTimeLimit)
    const halfLifeHours = await open.holdHalfLife(firstHalfLife)
    const isSuspended = sql`(select suspended_at is not null from users where id = ${userId})`
    const paperIds = await open.lock(
      'papers',
      sql`
        (select paper_id from ${TABLES.votes} where user_id = ${userId} and ${isSuspended} limit ${SLICE})
        union all
        (select paper_id from ${TABLES.suspended} where user_id = ${userId} and not ${isSuspended} limit ${SLICE})`,
    )
    await open.lock('users', idsOf([userId]))
    const [user] = await open.tx.execute<{ suspended: boolean }>(sql`select ${isSuspended} as suspended`)
    const [from, to] = user?.suspended ? [TABLES.votes, TABLES.suspended] : [TABLES.suspended, TABLES.votes]
    const moved = await open.tx.execute<{ paper_id: string }>(sql`
      with moved as (
        delete from ${from} where user_id = ${userId} and paper_id in (${idsOf(paperIds)}) returning user_id, paper_id, voted_at
      ),
      -- A user whose suspension has ended may have voted again meanwhile.
      kept as (insert into ${to} (user_id, paper_id, voted_at) select * from moved on conflict do nothing)
      select paper_id from moved`)
    const changed = moved.map(({ paper_id }) => Number(paper_id))
    if (changed.length === 0) return 0
    await refreshCounts(open, { paperIds: changed, authorIds: [], organizationIds: [], topicIds: [] }, halfLifeHours)
    open.announceVotes(changed)
    return changed.length
  })
}

/**
 * Refuses what a user wrote in this transaction if they are suspended. To be called after the row that refers to the user was
 * written: its foreign key has waited for a suspension that was under way.
 *
 * @throws AccountSuspended
 */
export async function refuseSuspended(tx: Db, userId: number): Promise<void> {
  const [suspended] = await executePrepared(
    tx,
    sql`select from users where id = ${userId} and suspended_at is not null`,
  )
  if (suspended) throw new AccountSuspended()
}
