import { sql } from 'drizzle-orm'
import { organizations } from '../../drizzle/tables/organizations.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

export type OrganizationRow = typeof organizations.$inferSelect

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
    .where(sql`lower(${organizations.slug}) = any(${sql.placeholder('slugs')}::text[])`),
)

export const organizationsByIds = (db: Db, ids: readonly number[]): Promise<OrganizationRow[]> => byIds(db, { ids })

/** Slugs keep the capitals that the organization writes; asked for in any. */
export const organizationsBySlugs = (db: Db, slugs: readonly string[]): Promise<OrganizationRow[]> =>
  bySlugs(db, { slugs: slugs.map((slug) => slug.toLowerCase()) })
