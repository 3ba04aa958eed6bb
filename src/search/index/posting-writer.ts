import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { numberArray, numbersIn } from '../../db/number-array.ts'
import { executePrepared } from '../../db/prepared.ts'
import { type Postings, packBlock, splitIntoBlocks, unpackPostings, withChanges } from '../posting-list.ts'

/** The changes of the postings of a term: each impact replaces the stored one, and 0 removes the posting. */
export interface TermChanges extends Postings {
  termId: number
  papers: number[]
  impacts: number[]
}

/**
 * Changes the packed postings of terms, in a few statements. Removes terms that no paper has
 * any more. The caller holds the lock of the index, or nobody else knows the generation.
 */
export async function changePostings(tx: Db, changes: readonly TermChanges[]): Promise<void> {
  if (changes.length === 0) return
  const lists = await readLists(tx, changes)
  const written: WrittenList[] = []
  const removed: number[] = []
  const inserted: WrittenList[] = []
  const updated: WrittenList[] = []
  const added: Block[] = []
  const inBlocks: TermChanges[] = []
  for (const change of changes) {
    const { termId } = change
    const list = lists.get(termId) ?? { termId, paperCount: 0, lastOfBlocks: 0, postings: NONE }
    const first = change.papers.findIndex((paper) => paper > list.lastOfBlocks)
    const split = first < 0 ? change.papers.length : first
    if (split > 0) inBlocks.push(partOf(change, 0, split))
    const before = unpackPostings(list.postings)
    const after = withChanges(before, partOf(change, split, change.papers.length))
    const { full, rest } = splitIntoBlocks(after)
    for (const block of full) added.push({ termId, firstPaper: block.papers[0] as number, postings: packBlock(block) })
    written.push({
      termId,
      paperCount: list.paperCount + after.papers.length - before.papers.length,
      lastOfBlocks: full.at(-1)?.papers.at(-1) ?? list.lastOfBlocks,
      postings: rest.papers.length > 0 ? packBlock(rest) : NONE,
    })
  }
  const blocks = inBlocks.length > 0 ? await changeBlocks(tx, inBlocks) : null
  if (blocks) added.push(...blocks.added)
  for (const list of written) {
    list.paperCount += blocks?.growth.get(list.termId) ?? 0
    if (list.paperCount === 0) removed.push(list.termId)
    else (lists.has(list.termId) ? updated : inserted).push(list)
  }
  await Promise.all([
    inserted.length > 0 && insertLists(tx, inserted),
    updated.length > 0 && updateLists(tx, updated),
    added.length > 0 && insertBlocks(tx, added),
    removed.length > 0 && removeTerms(tx, removed),
  ])
}

const NONE = Buffer.alloc(0)

const partOf = ({ termId, papers, impacts }: TermChanges, from: number, to: number): TermChanges => ({
  termId,
  papers: papers.slice(from, to),
  impacts: impacts.slice(from, to),
})

interface WrittenList {
  termId: number
  paperCount: number
  lastOfBlocks: number
  postings: Buffer
}

interface Block {
  termId: number
  firstPaper: number
  postings: Buffer
}

async function readLists(tx: Db, changes: readonly TermChanges[]): Promise<Map<number, WrittenList>> {
  const rows = await executePrepared<{ id: number; papers: number; last: string; postings: string }>(
    tx,
    sql`select term_id as id, paper_count as papers, last_of_blocks as last, encode(postings, 'base64') as postings
      from search_lists where term_id = any(${column(changes, ({ termId }) => termId)}::int[])`,
  )
  return new Map(
    rows.map(({ id, papers, last, postings }) => [
      id,
      { termId: id, paperCount: papers, lastOfBlocks: Number(last), postings: Buffer.from(postings, 'base64') },
    ]),
  )
}

/**
 * Replaces the full blocks that have the papers of these changes. Returns the blocks to insert for them, and by how much
 * the number of papers of each term grows.
 */
async function changeBlocks(
  tx: Db,
  changes: readonly TermChanges[],
): Promise<{ added: Block[]; growth: Map<number, number> }> {
  const pairs = changes.flatMap(({ termId, papers, impacts }) =>
    papers.map((paper, n) => ({ termId, paper, impact: impacts[n] as number })),
  )
  // The block that a paper belongs to: the last one that begins before it, or the first one.
  const rows = await executePrepared<{ term_id: number; first_paper: string; papers: string; postings: string }>(
    tx,
    sql`
      with located as (
        select pair.term_id, pair.paper, coalesce(before.first_paper, first.first_paper) as first_paper
        from unnest(${column(pairs, ({ termId }) => termId)}::int[], ${column(pairs, ({ paper }) => paper)}::bigint[])
          as pair (term_id, paper)
        left join lateral (
          select first_paper from search_blocks where term_id = pair.term_id and first_paper <= pair.paper
          order by first_paper desc limit 1
        ) as before on true
        left join lateral (
          select first_paper from search_blocks where term_id = pair.term_id order by first_paper limit 1
        ) as first on before.first_paper is null
      ), removed as (
        delete from search_blocks as block using (select distinct term_id, first_paper from located) as touched
        where block.term_id = touched.term_id and block.first_paper = touched.first_paper
        returning block.*
      )
      select term_id, first_paper, string_agg(located.paper::text, ',' order by located.paper) as papers,
        encode(removed.postings, 'base64') as postings
      from removed join located using (term_id, first_paper) group by 1, 2, removed.postings order by 1, 2`,
  )
  const impactOf = new Map(pairs.map(({ termId, paper, impact }) => [`${termId} ${paper}`, impact]))
  const added: Block[] = []
  const growth = new Map<number, number>()
  for (const { term_id: termId, papers, postings } of rows) {
    const before = unpackPostings(Buffer.from(postings, 'base64'))
    const changed = numbersIn(papers)
    const impacts = changed.map((paper) => impactOf.get(`${termId} ${paper}`) as number)
    const after = withChanges(before, { papers: changed, impacts })
    growth.set(termId, (growth.get(termId) ?? 0) + after.papers.length - before.papers.length)
    const { full, rest } = splitIntoBlocks(after)
    for (const block of rest.papers.length > 0 ? [...full, rest] : full)
      added.push({ termId, firstPaper: block.papers[0] as number, postings: packBlock(block) })
  }
  return { added, growth }
}

async function insertBlocks(tx: Db, blocks: readonly Block[]): Promise<void> {
  await executePrepared(
    tx,
    sql`
      insert into search_blocks (term_id, first_paper, postings)
      select term_id, first_paper, substr(${joined(blocks)}::bytea, start, length)
      from unnest(${column(blocks, ({ termId }) => termId)}::int[], ${column(blocks, ({ firstPaper }) => firstPaper)}::bigint[],
        ${starts(blocks)}::int[], ${column(blocks, ({ postings }) => postings.length)}::int[])
        as block (term_id, first_paper, start, length)`,
  )
}

async function insertLists(tx: Db, lists: readonly WrittenList[]): Promise<void> {
  await executePrepared(
    tx,
    sql`
      insert into search_lists (term_id, paper_count, version, last_of_blocks, postings)
      select term_id, paper_count, 1, last, substr(${joined(lists)}::bytea, start, length) from ${writtenLists(lists)}`,
  )
}

async function updateLists(tx: Db, lists: readonly WrittenList[]): Promise<void> {
  await executePrepared(
    tx,
    sql`
      update search_lists as list set paper_count = changed.paper_count, version = version + 1, last_of_blocks = last,
        postings = substr(${joined(lists)}::bytea, start, length)
      from ${writtenLists(lists)} where list.term_id = changed.term_id`,
  )
}

const writtenLists = (lists: readonly WrittenList[]): SQL => sql`
  unnest(${column(lists, ({ termId }) => termId)}::int[], ${column(lists, ({ paperCount }) => paperCount)}::int[],
    ${column(lists, ({ lastOfBlocks }) => lastOfBlocks)}::bigint[], ${starts(lists)}::int[],
    ${column(lists, ({ postings }) => postings.length)}::int[]) as changed (term_id, paper_count, last, start, length)`

/** The postings of all rows, one after another: one value costs less than one for each row. */
const joined = (rows: readonly { postings: Buffer }[]): SQL =>
  sql`${sql.param(Buffer.concat(rows.map(({ postings }) => postings)))}`

/** Where those of each row begin, counted from 1. */
function starts(rows: readonly { postings: Buffer }[]): SQL {
  let next = 1
  return column(rows, ({ postings }) => {
    const start = next
    next += postings.length
    return start
  })
}

async function removeTerms(tx: Db, termIds: readonly number[]): Promise<void> {
  await executePrepared(
    tx,
    sql`
      with lists as (delete from search_lists where term_id = any(${numberArray(termIds)}::int[]))
      delete from search_terms where id = any(${numberArray(termIds)}::int[])`,
  )
}

const column = <Row>(rows: readonly Row[], value: (row: Row) => number): SQL => sql`${numberArray(rows.map(value))}`
