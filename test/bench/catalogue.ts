import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { openDatabase } from '../../src/db/client.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { generateCatalogue } from '../../src/generate/catalogue.ts'
import { catchUpIndex } from '../../src/search/index/rebuild.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { ROOT } from '../support/program.ts'
import type { BenchPostgres } from './postgres.ts'

/**
 * The address of a database with a made-up catalogue of a size. It is generated once and kept between runs, until the
 * tables or the generator change.
 */
export async function catalogueOf(server: BenchPostgres, papers: number, say: (line: string) => void): Promise<string> {
  const family = `papers_${papers}_`
  const name = family + (await fingerprint())
  const admin = postgres(server.url('postgres'), { max: 1, onnotice: () => {} })
  try {
    const rows = await admin`select datname as name from pg_database where starts_with(datname, ${family})`
    const found = rows.map((row): string => row.name)
    if (found.includes(name)) {
      await catchUp(server.url(name), say)
      return server.url(name)
    }
    // Of older tables, or left half made.
    for (const old of found) await admin`drop database ${admin(old)} with (force)`
    say(`generating a catalogue of ${papers} papers, which is kept for the next run`)
    const draft = `${family}new`
    await admin`create database ${admin(draft)}`
    await generate(server.url(draft), papers, say)
    await admin`alter database ${admin(draft)} rename to ${admin(name)}`
    return server.url(name)
  } finally {
    await admin.end()
  }
}

/** Rebuilds the search index if an older analyzer made it. */
async function catchUp(url: string, say: (line: string) => void): Promise<void> {
  const { db, close } = openDatabase(url, { connections: 3, statementTimeout: 0 })
  await catchUpIndex(db, { onBegin: (papers) => say(`indexing ${papers} papers`) })
  await close()
}

async function generate(url: string, papers: number, say: (line: string) => void): Promise<void> {
  await migrateDatabase(url)
  const { db, close } = openDatabase(url, { connections: 1, statementTimeout: 0 })
  const begun = performance.now()
  await generateCatalogue(db, {
    papers,
    halfLifeHours: HALF_LIFE_HOURS,
    onProgress: (step) => say(`${((performance.now() - begun) / 1_000).toFixed(0)} s: ${step}`),
  })
  await close()
  // Else autovacuum would do it while something is measured.
  const client = postgres(url, { max: 1, onnotice: () => {} })
  await client`vacuum (analyze, freeze)`
  await client`checkpoint`
  await client.end()
}

/** Of everything that decides what a catalogue looks like. */
async function fingerprint(): Promise<string> {
  const migrations = join(ROOT, 'drizzle/migrations')
  const files = (await readdir(migrations)).filter((file) => file.endsWith('.sql')).sort()
  const hash = createHash('sha256')
  const generator = join(ROOT, 'src/generate')
  const parts = (await readdir(generator)).sort().map((file) => join(generator, file))
  for (const path of [...files.map((file) => join(migrations, file)), ...parts]) hash.update(await readFile(path))
  return hash.digest('hex').slice(0, 10)
}
