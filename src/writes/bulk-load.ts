import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { OperatorError } from '../values/errors.ts'

/**
 * Locks tables against readers and writers until the end of the transaction.
 *
 * @throws OperatorError that names a table that has rows
 */
export async function lockEmptyTables(tx: Db, names: readonly string[]): Promise<void> {
  await tx.execute(sql.raw(`lock table ${names.join(', ')} in access exclusive mode`))
  const [found] = await tx.execute<{ name: string }>(
    sql.raw(names.map((name) => `(select '${name}' as name from ${name} limit 1)`).join(' union all ')),
  )
  if (found)
    throw new OperatorError(
      `The catalogue is not empty: it has ${found.name.replace('_', ' ')}. ` +
        'Set DATA_DIR to another directory, or DATABASE_URL to an empty database.',
    )
}

/**
 * Drops the foreign keys and indexes of tables, which slow down bulk writes. Primary and unique keys stay. Needs the locks of
 * `lockEmptyTables`.
 *
 * @returns the statements that restore them, in their order
 */
export async function dropIndexes(tx: Db, names: readonly string[]): Promise<string[]> {
  const found = await tx.execute<{ drop: string; restore: string }>(sql`
    with filled as (select name::regclass as id from unnest(${sql.param([...names])}::text[]) as name)
    select 1 as turn, format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as restore
    from pg_constraint where contype = 'f' and conrelid in (select id from filled)
    union all
    select 2, format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    from pg_index
    where indrelid in (select id from filled)
      and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    order by turn`)
  for (const { drop } of found) await tx.execute(sql.raw(drop))
  // Indexes first, because checking a foreign key reads them.
  return found.map(({ restore }) => restore).reverse()
}
