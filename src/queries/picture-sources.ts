import { eq, sql } from 'drizzle-orm'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import type { PictureKind } from '../values/pictures.ts'

const id = sql.placeholder('id')

/** Those of hidden papers are not shown. */
const thumbnail = statement('thumbnail of a paper', (db) =>
  db
    .select({ source: papers.thumbnailUrl })
    .from(papers)
    .where(sql`${eq(papers.id, id)} and ${papers.hiddenAt} is null`),
)
const logo = statement('avatar of an organization', (db) =>
  db.select({ source: organizations.avatarUrl }).from(organizations).where(eq(organizations.id, id)),
)
const avatar = statement('avatar of a user', (db) =>
  db.select({ source: users.avatarUrl }).from(users).where(eq(users.id, id)),
)

const READ = { papers: thumbnail, organizations: logo, users: avatar }

/** Where the picture of a paper, organization or user is; null if it has none, or if there is no such row. */
export async function pictureSource(db: Db, kind: PictureKind, id: number): Promise<string | null> {
  const rows = await READ[kind](db, { id })
  return rows[0]?.source ?? null
}
