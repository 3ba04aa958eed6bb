import { getTableColumns, sql } from 'drizzle-orm'
import { organizations } from '../../drizzle/tables/organizations.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import { slugOf } from '../values/slugs.ts'
import { nameOf } from '../values/text.ts'
import { bySlug, withOthers } from './named.ts'

export type OrganizationRow = typeof organizations.$inferSelect

/** An organization read with a paper: the columns that name and show it, and no others. */
export type OrganizationSummary = Pick<OrganizationRow, 'id' | 'slug' | 'name' | 'avatarUrl'>

const byIds = statement('organizations by ids', (db) =>
  db
    .select()
    .from(organizations)
    .where(sql`${organizations.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const bySlugs = statement('organizations by slugs', (db) =>
  db
    .select()
    .from(organizations)
    .where(
      sql`lower(${organizations.slug}) = any(array(select lower(slug) from unnest(${sql.placeholder('slugs')}::text[]) as slug))`,
    ),
)
const byNames = statement('organizations by names', (db) =>
  db
    .select({ given: sql<string>`asked.given`, ...getTableColumns(organizations) })
    .from(
      sql`unnest(${sql.placeholder('given')}::text[], ${sql.placeholder('names')}::text[], ${sql.placeholder('slugs')}::text[]) as asked (given, name, slug)`,
    )
    // Postgres lowers both sides, because JavaScript lowers letters such as İ and Σ differently.
    .innerJoin(
      organizations,
      sql`${organizations.id} = coalesce(
        (select id from organizations as one where lower(one.slug) = lower(asked.name)),
        (select id from organizations as one where lower(one.name) collate "C" = lower(asked.name) order by one.paper_count desc, id limit 1),
        (select id from organizations as one where lower(one.slug) = asked.slug))`,
    ),
)

/** The organizations that exist, in no order. */
export const organizationsByIds = (db: Db, ids: readonly number[]): Promise<OrganizationRow[]> => byIds(db, { ids })

/** The organizations with these slugs, in any case. Stored slugs keep their capitals. */
export const organizationsBySlugs = (db: Db, slugs: readonly string[]): Promise<OrganizationRow[]> =>
  bySlugs(db, { slugs: slugs.map(nameOf) })

/**
 * The organizations that people name by slugs or names, in any case, by what they wrote; unknown ones are absent. A slug
 * comes first, then a name, of the organization with most papers if several have it, then the slug made of the name. One
 * statement if all are slugs, two otherwise.
 */
export async function organizationsNamed(db: Db, given: readonly string[]): Promise<Map<string, OrganizationRow>> {
  return withOthers(given, bySlug(given, await organizationsBySlugs(db, given)), (rest) => {
    const names = rest.map(nameOf)
    return byNames(db, { given: rest, names, slugs: names.map((name) => slugOf(name, '')) })
  })
}
