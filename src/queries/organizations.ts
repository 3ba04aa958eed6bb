import { sql } from 'drizzle-orm'
import { organizations } from '../../drizzle/tables/organizations.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

export type OrganizationRow = typeof organizations.$inferSelect

/** An organization read with a paper: the columns that name and show it, and no others. */
export type OrganizationName = Pick<OrganizationRow, 'id' | 'slug' | 'name' | 'avatarUrl'>

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
    .select()
    .from(organizations)
    // Postgres lowers both sides, because JavaScript lowers letters such as İ and Σ differently.
    .where(
      sql`lower(${organizations.name}) collate "C" = any(array(select lower(name) from unnest(${sql.placeholder('names')}::text[]) as name))`,
    )
    .orderBy(sql`${organizations.paperCount} desc, ${organizations.id}`),
)

/** The organizations that exist, in no order. */
export const organizationsByIds = (db: Db, ids: readonly number[]): Promise<OrganizationRow[]> => byIds(db, { ids })

/** The organizations with these slugs, in any case. Stored slugs keep their capitals. */
export const organizationsBySlugs = (db: Db, slugs: readonly string[]): Promise<OrganizationRow[]> =>
  bySlugs(db, { slugs })

/** The organizations with these names, in any case, the one with most papers first. Several can have the same name. */
export const organizationsByNames = (db: Db, names: readonly string[]): Promise<OrganizationRow[]> =>
  byNames(db, { names })
