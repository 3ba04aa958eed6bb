import { type SQL, sql } from 'drizzle-orm'
import { webSubFeeds } from '../../drizzle/tables/websub-feeds.ts'
import type { Db } from '../db/client.ts'
import { unnested } from '../db/unnested.ts'
import { writing } from '../writes/writing.ts'

/** In characters of a path, which are ASCII: feeds with longer ones name no hub. */
export const LONGEST_FEED_PATH = 2_000
/** So many feeds are announced, so that nobody can make the server announce without end. */
export const MOST_FEEDS = 1_000
/** A feed that nobody has read for so many days is forgotten. */
const KEPT_DAYS = 30
/** Only a feed that nobody has read for so many days gives way to another, so that those with readers stay. */
const IN_USE_DAYS = 1
/** An announcement that has failed for so many days is given up. */
const TRIED_DAYS = 3

/** A feed that a client has read. */
export interface ServedFeed {
  path: string
  fingerprint: string
  /** In milliseconds: how long ago. */
  age: number
}

export interface StoredFeed {
  path: string
  fingerprint: string
}

/** A feed of which the hub is to be told. */
export interface DueFeed {
  path: string
  attempts: number
}

const TYPES = { path: 'text', fingerprint: 'text', age: 'double precision' } as const

/**
 * Notes feeds that clients have read. What the hub was told of those that are stored stays as it is.
 *
 * @param served each path once
 * @returns how many found no room
 */
export const storeServed = (db: Db, served: readonly ServedFeed[]): Promise<number> =>
  writing(db, async ({ tx }) => {
    // In one order, so that two servers do not wait for each other.
    const paths = served.map(({ path }) => path).toSorted()
    const known = await tx.execute<{ path: string }>(sql`
      with locked as (select path from ${webSubFeeds} where path = any(${sql.param(paths)}::text[]) order by path for update)
      update ${webSubFeeds} as feed set served_at = now() from locked where feed.path = locked.path returning feed.path`)
    const isKnown = new Set(known.map(({ path }) => path))
    const added = served.filter(({ path }) => !isKnown.has(path))
    if (added.length === 0) return 0
    const stored = await tx.$count(webSubFeeds)
    await tx.execute(sql`
      delete from ${webSubFeeds} where path in (
        select path from ${webSubFeeds} where served_at < now() - ${IN_USE_DAYS} * interval '1 day'
        order by served_at limit ${Math.max(0, stored + added.length - MOST_FEEDS)}
      )`)
    const room = Math.max(0, MOST_FEEDS - (await tx.$count(webSubFeeds)))
    const fitting = added.slice(0, room)
    await tx.execute(sql`
      insert into ${webSubFeeds} (path, fingerprint, served_at, checked_at)
      select path, fingerprint, now(), now() - age * interval '1 millisecond' from ${unnested('served', TYPES, fitting)}
      on conflict do nothing`)
    return added.length - fitting.length
  })

/** Forgets feeds that nobody reads any more. */
export const forgetUnread = (db: Db) =>
  db.execute(sql`delete from ${webSubFeeds} where served_at < now() - ${KEPT_DAYS} * interval '1 day'`)

/**
 * Feeds whose entries may differ from their fingerprint.
 *
 * @param age in milliseconds: how long ago something last changed; null for all feeds
 * @returns also the present moment, for `storeChecked`
 */
export async function feedsToCheck(db: Db, age: number | null): Promise<{ feeds: StoredFeed[]; now: string }> {
  const [row] = await db.execute<{ now: string }>(sql`select now()::text as now`)
  const isOld: SQL =
    age === null ? sql`true` : sql`checked_at < ${row?.now}::timestamptz - ${age} * interval '1 millisecond'`
  const feeds = await db.execute<{ path: string; fingerprint: string }>(
    sql`select path, fingerprint from ${webSubFeeds} where ${isOld} order by path`,
  )
  return { feeds: [...feeds], now: row?.now as string }
}

/**
 * Stores what feeds have now. Those whose fingerprint is another are due.
 *
 * @param checkedAt a moment before they were read
 * @param gone feeds that there are no more
 */
export async function storeChecked(
  db: Db,
  { checked, gone, checkedAt }: { checked: readonly StoredFeed[]; gone: readonly string[]; checkedAt: string },
): Promise<void> {
  const { age: _, ...types } = TYPES
  await db.execute(sql`
    update ${webSubFeeds} as feed set
      checked_at = ${checkedAt}::timestamptz,
      fingerprint = checked.fingerprint,
      changed_at = case when feed.fingerprint = checked.fingerprint then feed.changed_at else coalesce(feed.changed_at, now()) end
    from ${unnested('checked', types, checked)} where feed.path = checked.path`)
  if (gone.length > 0) await db.execute(sql`delete from ${webSubFeeds} where path = any(${sql.param(gone)}::text[])`)
}

const IS_DUE = sql`changed_at is not null and next_attempt_at <= now()`

/** Feeds of which the hub is to be told now: first those of which it has not refused to hear. */
export const dueFeeds = async (db: Db, limit: number): Promise<DueFeed[]> => [
  ...(await db.execute<{ path: string; attempts: number }>(
    sql`select path, attempts from ${webSubFeeds} where ${IS_DUE} order by attempts, changed_at, path limit ${limit}`,
  )),
]

/** The hub knows of these feeds. */
export const storeAnnounced = (db: Db, paths: readonly string[]) =>
  db.execute(
    sql`update ${webSubFeeds} set changed_at = null, attempts = 0, next_attempt_at = now() where path = any(${sql.param(paths)}::text[])`,
  )

/** The hub took none of what is due: all of it is tried again later, or given up. @returns how many are given up */
export async function postpone(db: Db, delaySeconds: number): Promise<number> {
  const rows = await db.execute<{ is_over: boolean }>(sql`
    update ${webSubFeeds} as feed set
      changed_at = case when is_over then null else changed_at end,
      attempts = case when is_over then 0 else attempts + 1 end,
      next_attempt_at = now() + ${delaySeconds} * interval '1 second'
    from (
      select path, changed_at < now() - ${TRIED_DAYS} * interval '1 day' as is_over
      from ${webSubFeeds} where ${IS_DUE} order by path for update
    ) as due
    where feed.path = due.path returning is_over`)
  return rows.filter((row) => row.is_over).length
}
