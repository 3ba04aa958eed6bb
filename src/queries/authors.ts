import { getTableColumns, sql } from 'drizzle-orm'
import { authors } from '../../drizzle/tables/authors.ts'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import { authorAliases } from '../../drizzle/tables/slug-aliases.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import { typedSlug } from '../values/slugs.ts'
import { bySlug, withOthers } from './named.ts'

const { mergedInto, mergedFirstInto: _mergedFirstInto, ...SHOWN } = getTableColumns(authors)

export type AuthorRow = Omit<typeof authors.$inferSelect, 'mergedInto' | 'mergedFirstInto'>

/** An author read with a paper: the columns that name it, and no others. */
export type AuthorSummary = Pick<AuthorRow, 'id' | 'slug' | 'name'>

/** An author with its position in a paper, 1 for the first. */
export type PlacedAuthor = AuthorRow & { position: number }

/** The first `limit` authors of a paper after a position. */
export interface AuthorRange {
  paperId: number
  after: number
  limit: number
}

const byIds = statement('authors by ids', (db) =>
  db
    .select({ ...SHOWN, mergedInto })
    .from(authors)
    .where(sql`${authors.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const bySlugs = statement('authors by slugs', (db) =>
  db
    .select(SHOWN)
    .from(authors)
    .where(sql`${authors.slug} = any(${sql.placeholder('slugs')}::text[]) and ${authors.mergedInto} is null`),
)
const byOtherSlugs = statement('authors by other slugs', (db) =>
  db
    .select({ given: sql<string>`asked.given`, ...SHOWN })
    .from(sql`unnest(${sql.placeholder('given')}::text[], ${sql.placeholder('slugs')}::text[]) as asked (given, slug)`)
    .innerJoin(
      authors,
      sql`${authors.id} = (
        select coalesce(one.merged_into, one.id) from authors as one
        where one.id = coalesce((select id from authors as it where it.slug = asked.slug), (select author_id from ${authorAliases} where ${authorAliases.slug} = asked.slug)))`,
    ),
)
const inRanges = statement('authors in ranges', (db) =>
  db
    .select({ paperId: paperAuthors.paperId, position: paperAuthors.position, ...SHOWN })
    .from(
      sql`unnest(${sql.placeholder('paperIds')}::bigint[], ${sql.placeholder('after')}::bigint[], ${sql.placeholder('limits')}::int[]) as asked (paper_id, after, size)`,
    )
    .innerJoin(
      paperAuthors,
      sql`${paperAuthors.paperId} = asked.paper_id and ${paperAuthors.position} > asked.after and ${paperAuthors.position} <= asked.after + asked.size`,
    )
    .innerJoin(authors, sql`${authors.id} = ${paperAuthors.authorId}`)
    .orderBy(paperAuthors.paperId, paperAuthors.position),
)
const coauthors = statement('coauthors', (db) =>
  db
    .select({ authorId: sql<number>`asked.author_id`.mapWith(Number), ...SHOWN })
    .from(
      sql`unnest(${sql.placeholder('authorIds')}::bigint[], ${sql.placeholder('limits')}::int[]) as asked (author_id, size) cross join lateral (
        select theirs.author_id as coauthor_id, count(*) as together
        from ${paperAuthors} mine join ${paperAuthors} theirs on theirs.paper_id = mine.paper_id
        where mine.author_id = asked.author_id and not mine.repeated and not mine.hidden
          and theirs.author_id <> asked.author_id and not theirs.repeated
        group by theirs.author_id order by count(*) desc, theirs.author_id limit asked.size) as best`,
    )
    .innerJoin(authors, sql`${authors.id} = best.coauthor_id`)
    .orderBy(sql`asked.author_id, best.together desc, ${authors.id}`),
)

/** Those of the authors that are there, in no order; also merged ones, as they are stored. */
export const authorsByIds = (db: Db, ids: readonly number[]): Promise<(AuthorRow & { mergedInto: number | null })[]> =>
  byIds(db, { ids })

/**
 * The authors who have these slugs or had them before, in any case, by slugs as given; unknown ones are absent. The slug of a
 * merged author gives the one whom it was merged into. One statement if all have them now, two otherwise.
 */
export async function authorsBySlugs(db: Db, given: readonly string[]): Promise<Map<string, AuthorRow>> {
  return withOthers(given, bySlug(given, await bySlugs(db, { slugs: given.map(typedSlug) })), (rest) =>
    byOtherSlugs(db, { given: rest, slugs: rest.map(typedSlug) }),
  )
}

/** The authors of several papers at once, in the order printed. Positions of a paper have no gaps. */
export const authorsInRanges = (
  db: Db,
  ranges: readonly AuthorRange[],
): Promise<(AuthorRow & { paperId: number; position: number })[]> =>
  inRanges(db, {
    paperIds: ranges.map((range) => range.paperId),
    after: ranges.map((range) => range.after),
    limits: ranges.map((range) => range.limit),
  })

/** Who wrote papers with each of these authors, most papers together first. */
export const coauthorsOf = (
  db: Db,
  asked: readonly { authorId: number; limit: number }[],
): Promise<(AuthorRow & { authorId: number })[]> =>
  coauthors(db, { authorIds: asked.map(({ authorId }) => authorId), limits: asked.map(({ limit }) => limit) })
