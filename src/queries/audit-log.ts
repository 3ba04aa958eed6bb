import { getTableColumns, sql } from 'drizzle-orm'
import { auditLog } from '../../drizzle/tables/audit-log.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import type { AuditAction, AuditSubject } from '../values/audit.ts'

export type AuditRow = typeof auditLog.$inferSelect

/** The names of objects, hidden papers included; objects that no longer exist are absent. */
export async function subjectNames(db: Db, subjects: readonly AuditSubject[]): Promise<Map<string, string>> {
  const rows = await db.execute<{ subject: string; name: string | null }>(sql`
    select subject, case type
      when 'Paper' then (select title from papers where papers.id = named.id)
      when 'User' then (select handle from users where users.id = named.id)
      when 'Author' then (select name from authors where authors.id = named.id)
      when 'Organization' then (select name from organizations where organizations.id = named.id)
      when 'Topic' then (select name from topics where topics.id = named.id)
    end as name
    from (
      select subject, split_part(subject, ':', 1) as type, split_part(subject, ':', 2)::bigint as id
      from unnest(${sql.param([...subjects])}::text[]) as subject
    ) as named`)
  return new Map(rows.flatMap(({ subject, name }) => (name === null ? [] : [[subject, name] as const])))
}

const newest = statement('newest audit entries', (db) =>
  db
    .selectDistinctOn([sql`subject`], {
      subject: sql<AuditSubject>`subject`.as('subject'),
      ...getTableColumns(auditLog),
    })
    .from(sql`unnest(${sql.placeholder('subjects')}::text[]) as subject`)
    .innerJoin(
      auditLog,
      sql`${auditLog.subjects} @> array[subject] and ${auditLog.action} = any(${sql.placeholder('actions')}::text[])`,
    )
    .orderBy(sql`subject`, sql`${auditLog.doneAt} desc`, sql`${auditLog.id} desc`),
)

/** The newest entries about these objects with one of these actions, by object. */
export async function newestEntries(
  db: Db,
  subjects: readonly AuditSubject[],
  actions: readonly AuditAction[],
): Promise<Map<AuditSubject, AuditRow>> {
  const rows = await newest(db, { subjects, actions })
  return new Map(rows.map(({ subject, ...row }) => [subject, row]))
}
