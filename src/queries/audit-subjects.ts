import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import type { AuditSubject } from '../values/audit.ts'

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
