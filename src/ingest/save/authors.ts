import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { recordset } from '../../db/recordset.ts'
import { unnested } from '../../db/unnested.ts'
import { slugOf } from '../../values/slugs.ts'
import type { Writing } from '../../writes/writing.ts'
import { freeSlugs } from './free-slugs.ts'

export interface KnownAuthor {
  id: number
  userId: number | null
}

/** The existing authors of these names. */
export async function authorsByName(tx: Db, names: ReadonlySet<string>): Promise<Map<string, KnownAuthor>> {
  if (names.size === 0) return new Map()
  const rows = await tx.execute<{ id: string; name: string; user_id: string | null }>(
    sql`select id, name, user_id from authors where name = any(${sql.param([...names])}::text[])`,
  )
  return new Map(
    rows.map((row) => [row.name, { id: Number(row.id), userId: row.user_id === null ? null : Number(row.user_id) }]),
  )
}

/**
 * Inserts the authors that `known` does not have, and adds them to it.
 *
 * @param paperCounts how many papers they have
 * @returns their ids
 */
export async function addAuthors(
  open: Writing,
  names: ReadonlySet<string>,
  known: Map<string, KnownAuthor>,
  paperCounts: ReadonlyMap<string, number>,
): Promise<Set<number>> {
  const missing = [...names].filter((name) => !known.has(name))
  if (missing.length === 0) return new Set()
  const slugs = await freeSlugs(
    open.tx,
    missing.map((name) => slugOf(name, 'author')),
  )
  const rows = missing.map((name, n) => ({ n, name, slug: slugs[n], papers: paperCounts.get(name) ?? 0 }))
  const added = await open.tx.execute<{ id: string; name: string }>(sql`
    insert into authors (slug, name, paper_count)
    select r.slug, r.name, r.papers from ${recordset(rows, 'r(n int, slug text, name text, papers int)')} order by r.n
    returning id, name`)
  for (const { id, name } of added) known.set(name, { id: Number(id), userId: null })
  const ids = new Set(added.map(({ id }) => Number(id)))
  open.hold('authors', ids)
  open.announceChange()
  return ids
}

/** Links authors to accounts. An author who has an account keeps it. */
export async function linkAccounts(
  open: Writing,
  links: readonly { authorId: number; userId: number }[],
): Promise<void> {
  if (links.length === 0) return
  await open.tx.execute(sql`
    update authors set user_id = r."userId"
    from ${recordset(links, 'r("authorId" bigint, "userId" bigint)')}
    where authors.id = r."authorId" and authors.user_id is null`)
  open.announceChange()
}

/** A list of a paper that replaces another one. */
export interface ListOfPaper {
  paperId: number
  publishedAt: string
  hidden: boolean
  /** Whether the transaction inserted the paper, so that there is no list to replace. */
  isNew: boolean
}

/** The papers whose lists have to be deleted. */
export const replacedIn = (lists: readonly ListOfPaper[]): number[] =>
  lists.filter(({ isNew }) => !isNew).map(({ paperId }) => paperId)

const PAPER_AUTHOR = {
  paperId: 'bigint',
  position: 'int',
  authorId: 'bigint',
  repeated: 'boolean',
  publishedAt: 'timestamptz',
  hidden: 'boolean',
}

/** Replaces the author lists of papers. A name that is printed twice keeps both positions. */
export async function replaceAuthorLists(
  tx: Db,
  lists: readonly (ListOfPaper & { authorIds: readonly number[] })[],
): Promise<void> {
  if (lists.length === 0) return
  const rows = lists.flatMap(({ paperId, publishedAt, hidden, authorIds }) => {
    const seen = new Set<number>()
    return authorIds.map((authorId, index) => {
      const repeated = seen.has(authorId)
      seen.add(authorId)
      return { paperId, position: index + 1, authorId, repeated, publishedAt, hidden }
    })
  })
  const replaced = replacedIn(lists)
  if (replaced.length > 0)
    await tx.execute(sql`delete from paper_authors where paper_id = any(${sql.param(replaced)}::bigint[])`)
  await tx.execute(sql`
    insert into paper_authors (paper_id, position, author_id, repeated, published_at, hidden)
    select r."paperId", r.position, r."authorId", r.repeated, r."publishedAt", r.hidden
    from ${unnested('r', PAPER_AUTHOR, rows)}`)
}
