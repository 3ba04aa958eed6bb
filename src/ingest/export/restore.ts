import { stat } from 'node:fs/promises'
import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { applyMigrations } from '../../db/migrate.ts'
import { fillEmptyIndex } from '../../search/index/fill.ts'
import { dropIndexes, lockEmptyTables } from '../../writes/bulk-load.ts'
import { writeCards } from '../../writes/paper-cards.ts'
import { writing } from '../../writes/writing.ts'
import { checkExport, type ExportHeader, readRows } from './export-file.ts'

export interface RestoreOptions {
  /** Called with the bytes or rows of a step that are done. */
  onProgress?: (progress: { step: string; done: number; of: number }) => void
  /** Stops before the next statement and rolls everything back. */
  signal?: AbortSignal
}

/** How many rows one statement inserts. */
const BATCH = 2_000
/** How many papers' cards one statement writes. */
const CARDS = 50_000

/**
 * Fills an empty database with the rows of an export, and computes the tables that are not in it. The whole file is checked
 * first, and everything is one transaction, so a database is either filled or still empty. Returns the number of rows.
 *
 * Rows of an older version are stored in the tables of that version, which the migrations then bring up to date, as they would
 * have done with the database itself.
 *
 * @throws OperatorError if the file is not a whole export, or the database is not empty
 */
export async function restoreCatalogue(
  db: Db,
  file: string,
  { onProgress = () => {}, signal }: RestoreOptions = {},
): Promise<number> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  let read = 0
  const { header, rows } = await checkExport(file, (bytes) => {
    signal?.throwIfAborted()
    read += bytes
    onProgress({ step: 'checking the file', done: read, of: size })
  })
  const begin = (step: string, done = 0, of = 0) => {
    signal?.throwIfAborted()
    onProgress({ step, done, of })
  }

  await writing(db, async (open) => {
    const { tx } = open
    begin('tables')
    await applyMigrations(tx, header.migration)
    await tx.execute(sql`set local maintenance_work_mem = '256MB'`)
    await tx.execute(sql`set local work_mem = '64MB'`)
    const { tables } = header
    // A server that was started on the empty database has stored its half-life.
    await lockEmptyTables(
      tx,
      tables.filter((name) => name !== 'trending_basis'),
    )
    await tx.execute(sql`delete from trending_basis`)
    const restoring = await dropIndexes(tx, tables)
    const columns = await storedColumns(tx, tables)

    let done = 0
    for await (const batch of readRows(file, BATCH)) {
      begin('rows', done, rows)
      await tx.execute(insertion(batch, columns.get(batch.table) ?? []))
      done += batch.rows.length
    }
    if (done !== rows) throw new Error(`${file} has ${rows} rows, and ${done} were read: it was changed meanwhile.`)
    await setLastIds(tx, header)
    for (const [place, statement] of restoring.entries()) {
      begin('indexes and foreign keys', place, restoring.length)
      await tx.execute(sql.raw(statement))
    }
    begin('tables')
    await applyMigrations(tx)
    // When papers changed is in the file. Cursors of changes from before are refused: what they saw may not be in it.
    await tx.execute(sql`delete from touched_papers`)
    await tx.execute(sql`
      update change_clock set epoch = gen_random_uuid(),
        changed_at = coalesce((select max(changed_at) from paper_changes), changed_at)`)
    await tx.execute(sql`analyze`)
    const last = header.lastIds.papers ?? 0
    for (let from = 1; from <= last; from += CARDS) {
      begin('cards', from, last)
      await writeCards(tx, sql`select id from papers where id between ${from} and ${from + CARDS - 1}`)
    }
    await fillEmptyIndex(tx, { onStep: (step) => begin(`search index: ${step}`), ...(signal ? { signal } : {}) })
    await tx.execute(
      sql`analyze paper_cards, search_generations, search_terms, search_papers, search_lists, search_blocks`,
    )
    open.announceChange()
  })
  return rows
}

/** The columns of tables that are stored and not generated. */
async function storedColumns(tx: Db, tables: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await tx.execute<{ name: string; columns: string[] }>(sql`
    select name, array_agg(attname::text order by attnum) as columns
    from unnest(${sql.param([...tables])}::text[]) as name join pg_attribute on attrelid = name::regclass
    where attnum > 0 and not attisdropped and attgenerated = ''
    group by name`)
  return new Map(rows.map(({ name, columns }) => [name, columns]))
}

/** Postgres reads the JSON of the rows. */
function insertion({ table, rows }: { table: string; rows: readonly string[] }, columns: readonly string[]): SQL {
  const name = sql.identifier(table)
  const list = sql.join(
    columns.map((column) => sql.identifier(column)),
    sql`, `,
  )
  return sql`
    insert into ${name} (${list}) overriding system value
    select ${list} from json_populate_recordset(null::${name}, ${`[${rows.join(',')}]`}::json)`
}

async function setLastIds(tx: Db, { lastIds }: ExportHeader): Promise<void> {
  for (const [table, last] of Object.entries(lastIds))
    await tx.execute(sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${last ?? 1}::bigint, ${last !== null})`)
}
