import { sql } from 'drizzle-orm'
import { type Db, openDatabase } from '../../src/db/client.ts'
import { catchUpIndex } from '../../src/search/rebuild.ts'

/** What only slows down writing all postings of a catalogue at once. */
const TAKEN_DOWN = [
  { drop: 'alter table search_postings drop constraint search_postings_pkey', index: 'search_postings_pkey' },
  { drop: 'drop index search_terms_trigrams', index: 'search_terms_trigrams' },
]

/**
 * Makes the search index of a catalogue that has none, by the server's own code, but with the indexes of the postings
 * made at the end: nobody reads meanwhile, and a million papers would take an hour.
 */
export async function indexCatalogue(url: string, papers: number, say: (line: string) => void): Promise<void> {
  const { db, close } = openDatabase(url, { connections: 4, statementTimeout: 0 })
  try {
    const [row] = await db.execute<{ indexed: number }>(
      sql`select sum(paper_count)::int as indexed from search_generations`,
    )
    const restoring = row?.indexed === 0 ? await takeDown(db) : []
    const begun = performance.now()
    const elapsed = () => `${((performance.now() - begun) / 1_000).toFixed(0)} s`
    let said = begun
    await catchUpIndex(db, {
      grace: 0,
      onProgress: (done) => {
        if (performance.now() - said < 10_000) return
        said = performance.now()
        say(`${elapsed()}: ${done} of ${papers} papers are in the search index`)
      },
    })
    if (restoring.length === 0) return
    say(`${elapsed()}: indexes of the postings and terms`)
    await db.transaction(async (tx) => {
      await tx.execute(sql`set local maintenance_work_mem = '1GB'`)
      for (const statement of restoring) await tx.execute(sql.raw(statement))
    })
    for (const table of ['search_terms', 'search_papers', 'search_postings'])
      await db.execute(sql.raw(`vacuum (analyze) ${table}`))
    await db.execute(sql`checkpoint`)
    say(`${elapsed()}: the search index is complete`)
  } finally {
    await close()
  }
}

/** Answers the statements that bring the same back. */
async function takeDown(db: Db): Promise<string[]> {
  const restoring: string[] = []
  for (const { drop, index } of TAKEN_DOWN) {
    const [row] = await db.execute<{ restore: string | null }>(sql`
      select coalesce(
        (select format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
         from pg_constraint where conname = ${index}),
        (select pg_get_indexdef(to_regclass(${index})))
      ) as restore`)
    if (row?.restore == null) continue
    restoring.push(row.restore)
    await db.execute(sql.raw(drop))
  }
  return restoring
}
