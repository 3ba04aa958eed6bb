import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { BadUserInput, CursorExpired } from '../values/errors.ts'
import { momentOf } from '../values/time.ts'

/** A paper that changed, or was hidden or deleted. */
export interface PaperChange {
  paperId: number
  /** As Postgres writes it. */
  changedAt: string
  cursor: string
}

export interface ChangePage {
  changes: PaperChange[]
  hasNextPage: boolean
  /** Where to go on; also of an empty page. */
  endCursor: string
}

/** A place among the changes. */
interface Place {
  /** RFC 3339; null before the first change. */
  changedAt: string | null
  paperId: number
}

interface Row extends Record<string, unknown> {
  epoch: string
  is_ahead: boolean | null
  paper_id: string | null
  moment: string | null
  changed_at: string | null
}

/**
 * What changed after a cursor, oldest first; each paper once, at its last change. A transaction that commits later has later
 * moments, so whoever goes on from a cursor misses nothing. One statement.
 *
 * @throws BadUserInput  for a text that is no cursor
 * @throws CursorExpired for a cursor of another catalogue
 */
export async function changePage(db: Db, after: string | null, limit: number): Promise<ChangePage> {
  const given = after === null ? null : decodeCursor(after)
  const { changedAt, paperId } = given?.place ?? { changedAt: null, paperId: 0 }
  const moment = sql`coalesce(${changedAt}::timestamptz, '-infinity')`
  const rows = await executePrepared<Row>(
    db,
    sql`
      select (select change_epoch()) as epoch, ${moment} > change_clock.changed_at as is_ahead, later.paper_id,
        later.changed_at::text as changed_at,
        to_char(later.changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as moment
      from change_clock left join lateral (
        select paper_id, changed_at from paper_changes where (changed_at, paper_id) > (${moment}, ${paperId}::bigint)
        order by changed_at, paper_id limit ${limit + 1}::bigint
      ) as later on true
      order by later.changed_at, later.paper_id`,
  )
  const [first] = rows
  if (first === undefined) throw new Error('The table change_clock has no row.')
  const { epoch } = first
  if (given && (given.epoch !== epoch || first.is_ahead)) throw new CursorExpired()
  const changes = rows.flatMap(({ paper_id: id, changed_at: at, moment: changedAt }): PaperChange[] =>
    id === null || at === null
      ? []
      : [{ paperId: Number(id), changedAt: at, cursor: encodeCursor(epoch, { changedAt, paperId: Number(id) }) }],
  )
  const page = changes.slice(0, limit)
  const end = page.at(-1)?.cursor ?? after ?? encodeCursor(epoch, { changedAt: null, paperId: 0 })
  return { changes: page, hasNextPage: changes.length > limit, endCursor: end }
}

/** The number of papers that can be seen, which is how many a copy of the catalogue has. */
export async function countShownChanges(db: Db): Promise<number> {
  const [row] = await db.execute<{ count: string }>(sql`select count(*) from paper_changes where is_shown`)
  return Number(row?.count)
}

const KIND = 'changes'

const encodeCursor = (epoch: string, { changedAt, paperId }: Place): string =>
  Buffer.from(JSON.stringify([KIND, epoch, changedAt, paperId])).toString('base64url')

function decodeCursor(cursor: string): { epoch: string; place: Place } {
  const [kind, epoch, changedAt, paperId, ...more] = partsOf(cursor)
  if (
    kind !== KIND ||
    typeof epoch !== 'string' ||
    !(changedAt === null || (typeof changedAt === 'string' && momentOf(changedAt) === changedAt)) ||
    typeof paperId !== 'number' ||
    !Number.isSafeInteger(paperId) ||
    paperId < 0 ||
    more.length > 0
  )
    throw new BadUserInput(
      'after',
      '`after` must be a cursor of changes that this server gave; this one cannot be read.',
    )
  return { epoch, place: { changedAt, paperId } }
}

function partsOf(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
