import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { SCORE_DRIFT } from '../queries/trending.ts'
import { DERIVED, type DerivedColumns, idsOf, isOutOfDate, isSameRow, refreshCounts } from './counts.ts'
import { writeCards } from './paper-cards.ts'
import { moveAllVotes } from './suspensions.ts'
import { renameTopics } from './topic-names.ts'
import { type Writing, writing } from './writing.ts'

/** So many ids are looked at in one statement, and their rows locked together where they are mended. */
const SLICE = 1_000

/** A row that does not say what the rows that it is made from say. */
export interface Difference {
  /** What tells the row, such as `17` or `17 hf 2026-02-17 09:30:00+00`. */
  row: string
  columns: { name: string; stored: string; computed: string }[]
}

export interface TableCheck {
  table: DerivedColumns['table'] | 'votes'
  rows: number
  differences: Difference[]
}

export interface CheckOptions {
  /** Rewrites what differs, and what is computed from it. */
  fix: boolean
  /** For a catalogue without scores. Stored scores are checked with the half-life that they were computed with. */
  halfLifeHours: number
  /** Called after each slice with the number of rows of the table that have been compared. */
  onProgress?: (table: TableCheck['table'], rows: number) => void
}

/**
 * Compares every stored count and score with the rows that it is computed from, in slices of ids. Others may read and write
 * meanwhile: a transaction that changes rows also changes their counts, so that a statement sees both changes or neither.
 * Only the rows that are repaired are locked, while their slice is.
 *
 * Scores agree when they are within SCORE_DRIFT of each other.
 */
export async function checkCounts(db: Db, options: CheckOptions): Promise<TableCheck[]> {
  // Before the counts, which do not include votes of suspended users.
  const checks = [await checkVotes(db, options)]
  for (const derived of Object.values(DERIVED)) checks.push(await checkTable(db, derived, options))
  return checks
}

/**
 * Finds votes that count although their users are suspended, and those that do not although theirs are not: a suspension that
 * was not finished leaves some.
 */
async function checkVotes(db: Db, { fix, halfLifeHours }: CheckOptions): Promise<TableCheck> {
  const [counted] = await db.execute<{ rows: string }>(
    sql`select (select count(*) from votes) + (select count(*) from suspended_votes) as rows`,
  )
  const misplaced = await db.execute<{ user_id: string; paper_id: string; stored: string; computed: string }>(sql`
    select user_id, paper_id, 'votes' as stored, 'suspended_votes' as computed
    from votes join users on users.id = user_id where suspended_at is not null
    union all
    select user_id, paper_id, 'suspended_votes', 'votes'
    from suspended_votes join users on users.id = user_id where suspended_at is null
    order by 1, 2`)
  if (fix)
    for (const userId of new Set(misplaced.map(({ user_id }) => Number(user_id))))
      await moveAllVotes(db, userId, halfLifeHours)
  return {
    table: 'votes',
    rows: Number(counted?.rows),
    differences: misplaced.map(({ user_id, paper_id, stored, computed }) => ({
      row: `${paper_id} ${user_id}`,
      columns: [{ name: 'table', stored, computed }],
    })),
  }
}

async function checkTable(db: Db, derived: DerivedColumns, options: CheckOptions): Promise<TableCheck> {
  const check: TableCheck = { table: derived.table, rows: 0, differences: [] }
  for (let last = 0; ; ) {
    const ids = await idsBehind(db, derived, last)
    if (ids.length === 0) return check
    const { rows, differences } = await checkSlice(db, derived, ids, options)
    check.rows += rows
    check.differences.push(...differences)
    options.onProgress?.(derived.table, check.rows)
    last = ids.at(-1) as number
  }
}

async function idsBehind(db: Db, { table, key }: DerivedColumns, last: number): Promise<number[]> {
  const id = sql.identifier(key[0])
  const rows = await db.execute<{ id: string }>(
    sql`select distinct ${id} as id from ${sql.identifier(table)} where ${id} > ${last} order by 1 limit ${SLICE}`,
  )
  return rows.map((row) => Number(row.id))
}

async function checkSlice(
  db: Db,
  derived: DerivedColumns,
  ids: readonly number[],
  options: CheckOptions,
): Promise<{ rows: number; differences: Difference[] }> {
  return writing(db, async (open) => {
    // An import could rename a topic between the statements.
    if (options.fix) await open.takeTurn()
    // Locked, because a server that starts with another half-life would recompute every score between the statements.
    const halfLifeHours = (await open.holdStoredHalfLife()) ?? options.halfLifeHours
    const text = (of: string, names: readonly string[]) =>
      sql`array[${sql.join(
        names.map((name) => sql`${sql.identifier(of)}.${sql.identifier(name)}::text`),
        sql`, `,
      )}]`
    const { table, key, columns } = derived
    const rows = await open.tx.execute<{ key: string[]; stored: string[]; computed: string[]; differs: boolean }>(sql`
      select ${text(table, key)} as key, ${text(table, columns)} as stored, ${text('computed', columns)} as computed,
        ${isOutOfDate(derived, SCORE_DRIFT)} as differs
      from ${sql.identifier(table)} join (${derived.computed(idsOf(ids), halfLifeHours)}) as computed on ${isSameRow(derived)}`)
    const wrong = rows.filter((row) => row.differs)
    if (options.fix && wrong.length > 0)
      await mend(open, derived, [...new Set(wrong.map((row) => Number(row.key[0])))], halfLifeHours)
    return {
      rows: rows.length,
      differences: wrong.map((row) => ({
        row: row.key.join(' '),
        columns: columns
          .map((name, place) => ({
            name,
            stored: row.stored[place] as string,
            computed: row.computed[place] as string,
          }))
          .filter(({ stored, computed }) => stored !== computed),
      })),
    }
  })
}

/** Rewrites rows and the sums that they are part of. */
async function mend(
  open: Writing,
  { table }: DerivedColumns,
  ids: readonly number[],
  halfLifeHours: number,
): Promise<void> {
  const touched = { paperIds: [], authorIds: [], organizationIds: [], topicIds: [] }
  if (table === 'paper_cards') await writeCards(open.tx, idsOf(await open.lock('papers', idsOf(ids))))
  else await refreshCounts(open, { ...touched, [TOUCHED_BY[table]]: ids }, halfLifeHours)
  if (table === 'topics') await renameTopics(open, idsOf(ids))
  open.announceChange()
}

const TOUCHED_BY = {
  outside_counts: 'paperIds',
  papers: 'paperIds',
  authors: 'authorIds',
  organizations: 'organizationIds',
  topics: 'topicIds',
} as const
