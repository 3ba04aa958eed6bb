import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { fetchLines, readingSnapshot } from '../../db/snapshot.ts'
import { thisProgram, writeExport } from './export-file.ts'
import { STORED_TABLES, type StoredTable } from './stored-tables.ts'

export interface ExportOptions {
  onProgress?: (done: number, of: number) => void
  /** Stops the export; what was written until then is useless. */
  signal?: AbortSignal
}

/**
 * Writes everything that is stored, as it is at one moment, while others read and write. `restoreCatalogue` reads it. Returns
 * the number of rows.
 */
export function exportCatalogue(db: Db, to: Writable, { onProgress, signal }: ExportOptions = {}): Promise<number> {
  return readingSnapshot(db, async (tx) => {
    const rows = await countRows(tx)
    let done = 0
    async function* rowsOfTables() {
      for (const table of STORED_TABLES)
        for await (const rowsOfTable of fetchLines(tx, rowsOf(table))) {
          yield { table: table.name, rows: rowsOfTable }
          done += rowsOfTable.length
          onProgress?.(done, rows)
        }
    }
    const tables = STORED_TABLES.map(({ name }) => name)
    const texts = writeExport({ ...thisProgram(), tables, lastIds: await readLastIds(tx) }, rowsOfTables())
    await pipeline(texts, createGzip(), to, signal ? { signal } : {})
    return rows
  })
}

/** The rows of a table as JSON, in the order of its key. Text is sorted by its bytes, because collations differ. */
function rowsOf({ name, columns, key }: StoredTable): SQL {
  const order = key.map(({ name: column, isText }) =>
    isText ? sql`stored.${sql.identifier(column)} collate "C"` : sql`stored.${sql.identifier(column)}`,
  )
  return sql`
    select row_to_json(stored)::text as line
    from (select ${sql.join(
      columns.map((column) => sql.identifier(column)),
      sql`, `,
    )} from ${sql.identifier(name)}) as stored
    order by ${sql.join(order, sql`, `)}`
}

async function countRows(tx: Db): Promise<number> {
  const counts = STORED_TABLES.map(({ name }) => sql`(select count(*) from ${sql.identifier(name)})`)
  const [row] = await tx.execute<{ rows: string }>(sql`select ${sql.join(counts, sql` + `)} as rows`)
  return Number(row?.rows)
}

/** Sequences belong to no snapshot: this reads them after the snapshot began, so that none is lower than an id in it. */
async function readLastIds(tx: Db): Promise<Record<string, number | null>> {
  const names = STORED_TABLES.filter(({ hasIds }) => hasIds).map(({ name }) => name)
  const rows = await tx.execute<{ name: string; last: string | null }>(sql`
    select name, pg_sequence_last_value(pg_get_serial_sequence(name, 'id')::regclass) as last
    from unnest(${sql.param(names)}::text[]) with ordinality as stored (name, position) order by position`)
  return Object.fromEntries(rows.map(({ name, last }) => [name, last === null ? null : Number(last)]))
}
