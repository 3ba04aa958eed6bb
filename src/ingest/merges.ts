import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { indexPapers } from '../search/index/index-papers.ts'
import { type Curator, recordAudit, subjectsOf } from '../writes/audit-log.ts'
import { idsOf, refreshCounts } from '../writes/counts.ts'
import { writeCards } from '../writes/paper-cards.ts'
import { renameTopics } from '../writes/topic-names.ts'
import { type Writing, writing } from '../writes/writing.ts'
import { rewriteTopicLists } from './save/topics.ts'

// A merged row stays. `merged_into` is the row that stands for it, and papers keep in `named_topic_id` or `named_author_id` what
// they name. So a merge can be undone, and an import that brings the same list again changes nothing.

export type MergedTable = 'topics' | 'authors'

const TYPES = { topics: 'Topic', authors: 'Author' } as const
const MERGED = { topics: 'MERGE_TOPICS', authors: 'MERGE_AUTHORS' } as const
const UNMERGED = { topics: 'UNMERGE_TOPIC', authors: 'UNMERGE_AUTHOR' } as const

/** The row that papers have now, or why nothing was done. */
export type MergeOutcome =
  | { outcome: 'done'; id: number }
  | { outcome: 'unknown'; field: 'id' | 'intoId' }
  | { outcome: 'refused'; field: 'id' | 'intoId'; message: string }

/**
 * Merges a topic or an author into another one: its papers move, and its id, slug and name stand for the other one from then
 * on, also in imports. What was merged into it before moves along. One that is merged cannot be merged elsewhere.
 */
export function merge(
  db: Db,
  table: MergedTable,
  { id, intoId }: { id: number; intoId: number },
  curator: Curator,
  firstHalfLife: number,
): Promise<MergeOutcome> {
  return writing(db, async (open) => {
    // No import writes lists meanwhile, or reads what a name stands for.
    await open.takeTurn()
    const halfLifeHours = await open.holdHalfLife(firstHalfLife)
    const rows = await readRows(open.tx, table, [id, intoId])
    const [from, given] = [rows.get(id), rows.get(intoId)]
    if (from === undefined) return { outcome: 'unknown', field: 'id' }
    if (given === undefined) return { outcome: 'unknown', field: 'intoId' }
    const into = given.mergedInto === null ? given : (rows.get(given.mergedInto) as MergedRow)
    if (from.mergedInto === into.id) return { outcome: 'done', id: into.id }
    const refused = whyNot(from, given, into, rows)
    if (refused !== null) return { outcome: 'refused', ...refused }
    await regroup(open, table, { id, from: id, to: into.id, firstInto: into.id, halfLifeHours })
    if (table === 'authors')
      await open.tx.execute(sql`
        update authors set user_id = merged.user_id from authors as merged
        where authors.id = ${into.id} and authors.user_id is null and merged.id = ${id}`)
    await recordAudit(open, curator, { action: MERGED[table], subjects: subjectsOf(TYPES[table], [id, into.id]) })
    return { outcome: 'done', id: into.id }
  })
}

/**
 * Undoes a merge: the papers that name the topic or author get it back, with what was merged into it before. So do the papers
 * that were imported since.
 */
export function unmerge(
  db: Db,
  table: MergedTable,
  id: number,
  curator: Curator,
  firstHalfLife: number,
): Promise<MergeOutcome> {
  return writing(db, async (open) => {
    await open.takeTurn()
    const halfLifeHours = await open.holdHalfLife(firstHalfLife)
    const row = (await readRows(open.tx, table, [id])).get(id)
    if (row === undefined) return { outcome: 'unknown', field: 'id' }
    if (row.mergedInto === null)
      return { outcome: 'refused', field: 'id', message: `${row.name} is not merged into another one.` }
    await regroup(open, table, { id, from: row.mergedInto, to: id, firstInto: null, halfLifeHours })
    // The account may have come with the merge: who it is of is not known until a source confirms it again.
    if (table === 'authors')
      await open.tx.execute(sql`
        update authors set user_id = null from authors as merged
        where authors.id = ${row.mergedInto} and merged.id = ${id} and authors.user_id = merged.user_id`)
    await recordAudit(open, curator, {
      action: UNMERGED[table],
      subjects: subjectsOf(TYPES[table], [id, row.mergedInto]),
    })
    return { outcome: 'done', id }
  })
}

interface MergedRow {
  id: number
  name: string
  mergedInto: number | null
  /** Null for authors. */
  kind: string | null
}

/** The rows of these ids, and those that they are merged into. */
async function readRows(tx: Db, table: MergedTable, ids: readonly number[]): Promise<Map<number, MergedRow>> {
  const kind = table === 'topics' ? sql`kind` : sql`null`
  const rows = await tx.execute<{ id: string; name: string; merged_into: string | null; kind: string | null }>(sql`
    select id, name, merged_into, ${kind} as kind from ${sql.identifier(table)}
    where id in (${idsOf(ids)} union select merged_into from ${sql.identifier(table)} where id in (${idsOf(ids)}))`)
  return new Map(
    rows.map(({ id, merged_into: into, ...row }) => [
      Number(id),
      { ...row, id: Number(id), mergedInto: into === null ? null : Number(into) },
    ]),
  )
}

/** Why a row cannot be merged; null if it can. */
function whyNot(
  from: MergedRow,
  given: MergedRow,
  into: MergedRow,
  rows: ReadonlyMap<number, MergedRow>,
): { field: 'id' | 'intoId'; message: string } | null {
  if (from.mergedInto !== null) {
    const other = rows.get(from.mergedInto)?.name
    return { field: 'id', message: `${from.name} is merged into ${other}. Merge ${other}, or undo that merge first.` }
  }
  if (from.id === given.id) return { field: 'intoId', message: `${from.name} cannot be merged into itself.` }
  if (from.id === into.id)
    return { field: 'intoId', message: `${given.name} is merged into ${from.name}. Undo that merge first.` }
  if (from.kind !== into.kind)
    return { field: 'intoId', message: 'A category and a keyword cannot be merged: papers list them separately.' }
  return null
}

interface Regrouping {
  /** The row that is merged or not merged any more. */
  id: number
  /** The row that papers naming it have now, and the one that they shall have. */
  from: number
  to: number
  /** Null for an undo. */
  firstInto: number | null
  halfLifeHours: number
}

/** Moves the papers that name a row, or one that was merged into it, to another row. Needs the turn of an import. */
async function regroup(open: Writing, table: MergedTable, { id, from, to, firstInto, halfLifeHours }: Regrouping) {
  const { tx } = open
  const [name, both] = [sql.identifier(table), [from, to]]
  // The papers of a large topic take longer than a request may.
  await tx.execute(sql`set local statement_timeout = '120s'`)
  const rows = await tx.execute<{ id: string }>(sql`
    with recursive family (id) as (
      select ${id}::bigint union select ${name}.id from ${name} join family on ${name}.merged_first_into = family.id
    ) select id from family`)
  const family = rows.map((row) => Number(row.id))
  const paperIds = await open.lock('papers', NAMING[table](family))
  await open.lock(table, idsOf([...both, ...family]))
  await tx.execute(sql`
    update ${name} set merged_into = nullif(${to}::bigint, id),
      merged_first_into = case when id = ${id} then ${firstInto}::bigint else merged_first_into end
    where id in (${idsOf(family)})`)
  await MOVE[table](tx, { family, to, paperIds })
  const none = { paperIds: [], authorIds: [], organizationIds: [], topicIds: [] }
  await refreshCounts(
    open,
    table === 'topics' ? { ...none, topicIds: both } : { ...none, authorIds: both },
    halfLifeHours,
  )
  // Papers that were imported since may write it in other ways.
  if (table === 'topics') await renameTopics(open, idsOf(both))
  for (let start = 0; start < paperIds.length; start += SLICE)
    await writeCards(tx, idsOf(paperIds.slice(start, start + SLICE)))
  if (table === 'authors') await indexPapers(open, paperIds)
  open.announceChange()
}

/** Papers whose cards are written in one statement. */
const SLICE = 5_000

/** The papers that name any row of a family, as a query. */
const NAMING: Record<MergedTable, (family: readonly number[]) => SQL> = {
  topics: (family) => sql`
    select paper_id from paper_topics where topic_id in (${idsOf(family)}) or named_topic_id in (${idsOf(family)})
    union select paper_id from paper_topic_repeats where named_topic_id in (${idsOf(family)})`,
  authors: (family) =>
    sql`select paper_id from paper_authors where author_id in (${idsOf(family)}) or named_author_id in (${idsOf(family)})`,
}

interface Move {
  family: readonly number[]
  to: number
  paperIds: readonly number[]
}

/** Gives papers the row `to` in place of the one that they have by a name of the family. */
const MOVE: Record<MergedTable, (tx: Db, move: Move) => Promise<void>> = {
  topics: async (tx, { family, to, paperIds }) => {
    // A paper that names the topic twice has a list with repeats, before or after.
    const rows = await tx.execute<{ id: string }>(sql`
      select paper_id as id from paper_topics where topic_id = ${to} and paper_id in (${idsOf(paperIds)})
      union select paper_id from paper_topic_repeats where paper_id in (${idsOf(paperIds)})`)
    const repeating = rows.map((row) => Number(row.id))
    await tx.execute(sql`
      update paper_topics set topic_id = ${to}, named_topic_id = nullif(coalesce(named_topic_id, topic_id), ${to})
      where coalesce(named_topic_id, topic_id) in (${idsOf(family)})
        and paper_id in (${idsOf(paperIds)}) and paper_id not in (${idsOf(repeating)})`)
    await rewriteTopicLists(tx, repeating)
  },
  authors: async (tx, { family, to, paperIds }) => {
    await tx.execute(sql`
      update paper_authors set author_id = ${to}, named_author_id = nullif(coalesce(named_author_id, author_id), ${to})
      where coalesce(named_author_id, author_id) in (${idsOf(family)}) and paper_id in (${idsOf(paperIds)})`)
    await tx.execute(sql`
      update paper_authors set repeated = computed.repeated
      from (
        select paper_id, position, row_number() over (partition by paper_id, author_id order by position) > 1 as repeated
        from paper_authors where paper_id in (${idsOf(paperIds)})
      ) as computed
      where (paper_authors.paper_id, paper_authors.position) = (computed.paper_id, computed.position)
        and paper_authors.repeated <> computed.repeated`)
  },
}
