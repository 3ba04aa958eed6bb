import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { recordset } from '../../db/recordset.ts'
import { unnested } from '../../db/unnested.ts'
import { slugOf } from '../../values/slugs.ts'
import type { Writing } from '../../writes/writing.ts'
import { freeSlugs } from './free-slugs.ts'

/** An author whose name a paper prints. */
export interface PrintedAuthor {
  /** The author of the paper: the one of that name, or the one whom that one was merged into. */
  id: number
  namedId: number
}

/** The author of papers that print a name, whose own name can be another one. */
export interface KnownAuthor extends PrintedAuthor {
  slug: string
  name: string
  userId: number | null
}

/** The existing authors of these names. */
export async function authorsByName(tx: Db, names: ReadonlySet<string>): Promise<Map<string, KnownAuthor>> {
  if (names.size === 0) return new Map()
  type Row = { id: string; slug: string; name: string; user_id: string | null; merged_into: string | null }
  const isMerged = (row: Row): boolean => row.merged_into !== null
  const columns = sql.raw('id, slug, name, user_id, merged_into')
  const rows = await executePrepared<Row>(
    tx,
    sql`select ${columns} from authors where name = any(${sql.param([...names])}::text[])`,
  )
  // Few are merged, and to join each to itself would double the time.
  const targets = rows.some(isMerged)
    ? await executePrepared<Row>(
        tx,
        sql`select ${columns} from authors where id = any(${sql.param(rows.flatMap((row) => row.merged_into ?? []))}::bigint[])`,
      )
    : []
  const byId = new Map(targets.map((row) => [row.id, row]))
  return new Map(
    rows.map((row) => {
      const { id, slug, name, user_id } = byId.get(row.merged_into ?? '') ?? row
      return [
        row.name,
        { id: Number(id), namedId: Number(row.id), slug, name, userId: user_id === null ? null : Number(user_id) },
      ]
    }),
  )
}

const AUTHOR = { n: 'int', slug: 'text', name: 'text', papers: 'int' }

/**
 * Inserts the authors of papers that `known` does not have, with the number of their new papers, and adds them to it. Returns
 * their ids.
 */
export async function addMissingAuthors(
  open: Writing,
  papers: readonly { isNew: boolean; names: ReadonlySet<string> }[],
  known: Map<string, KnownAuthor>,
): Promise<ReadonlySet<number>> {
  const paperCounts = new Map<string, number>()
  for (const { isNew, names } of papers)
    for (const name of names)
      if (!known.has(name)) paperCounts.set(name, (paperCounts.get(name) ?? 0) + (isNew ? 1 : 0))
  const missing = [...paperCounts]
  if (missing.length === 0) return new Set()
  const slugs = await freeSlugs(
    open.tx,
    missing.map(([name]) => slugOf(name, 'author')),
  )
  const rows = missing.map(([name, papers], n) => ({ n, name, slug: slugs[n] as string, papers }))
  const added = await executePrepared<{ id: string }>(
    open.tx,
    sql`
      insert into authors (slug, name, paper_count)
      select r.slug, r.name, r.papers from ${unnested('r', AUTHOR, rows)} order by r.n returning id`,
  )
  const ids = new Set(added.map(({ id }) => Number(id)))
  for (const [n, { id }] of added.entries()) {
    const { slug, name } = rows[n] as (typeof rows)[number]
    known.set(name, { id: Number(id), namedId: Number(id), slug, name, userId: null })
  }
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
  namedAuthorId: 'bigint',
  repeated: 'boolean',
  publishedAt: 'timestamptz',
  hidden: 'boolean',
}

/** Replaces the author lists of papers. An author who is printed twice keeps both positions. */
export async function replaceAuthorLists(
  tx: Db,
  lists: readonly (ListOfPaper & { authors: readonly PrintedAuthor[] })[],
): Promise<void> {
  if (lists.length === 0) return
  const rows = lists.flatMap(({ paperId, publishedAt, hidden, authors }) => {
    const seen = new Set<number>()
    return authors.map(({ id, namedId }, index) => {
      const repeated = seen.has(id)
      seen.add(id)
      const namedAuthorId = id === namedId ? null : namedId
      return { paperId, position: index + 1, authorId: id, namedAuthorId, repeated, publishedAt, hidden }
    })
  })
  const replaced = replacedIn(lists)
  if (replaced.length > 0)
    await tx.execute(sql`delete from paper_authors where paper_id = any(${sql.param(replaced)}::bigint[])`)
  await executePrepared(
    tx,
    sql`
      insert into paper_authors (paper_id, position, author_id, named_author_id, repeated, published_at, hidden)
      select r."paperId", r.position, r."authorId", r."namedAuthorId", r.repeated, r."publishedAt", r.hidden
      from ${unnested('r', PAPER_AUTHOR, rows)}`,
  )
}
