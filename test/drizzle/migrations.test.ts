import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { givenPapers } from '../support/catalogue.ts'
import { databaseUrl, freshDatabase } from '../support/database.ts'

const DRIZZLE = join(import.meta.dirname, '../../drizzle')
const MIGRATIONS = join(DRIZZLE, 'migrations')

/** Migrations that are in use somewhere are never changed: a new one mends them. */
const FROZEN: Record<string, string> = {
  '0000_catalogue.sql': '3ba3226cad687f77',
  '0001_search.sql': 'ec05bb02d870ed72',
  '0002_search_counts.sql': 'b08ee901ea932eff',
  '0003_paper_cards.sql': 'fc8eece2532a2eac',
  '0004_search_names.sql': '76b824af4b47f694',
  '0005_rewordings.sql': 'fccac72ab23b6f50',
  '0006_names.sql': '8be74aac0c0db315',
  '0007_withdrawals.sql': 'fd9ff62eab9af5f2',
  '0008_accounts.sql': '059561f66aaff372',
  '0009_statements.sql': 'cf0ba3146dfb82b2',
  '0010_syncs.sql': '717e3303807eec61',
  '0011_token_ends.sql': '874e9ec5d2a510a4',
  '0012_audit_log.sql': '91b5ea1ab3b6cbf8',
  '0013_set_wise_references.sql': '7eab4eacb3bbf00b',
  '0014_saved_filters.sql': '9dd4f8ac4c5dbb2a',
  '0015_moderation.sql': '947af707f294daa2',
  '0016_merges.sql': 'df6980a1ce7afdd0',
  '0017_digests.sql': 'c665159cf79ec9a2',
  '0018_leaner_indexes.sql': 'eb397b7655346b84',
  '0019_erased_identities.sql': 'cf7b52ca5956c735',
  '0020_search_blocks.sql': 'eb234a1e0693e664',
  '0021_webhooks.sql': '46bb3c6d1f7613bd',
  '0022_websub_feeds.sql': '44ef924a3614d559',
  '0023_statistics.sql': 'e2a32378d485c33d',
  '0024_search_titles.sql': 'a10968fab50249df',
  '0025_webhooks_out_of_turn.sql': '87c8550a08f42409',
  '0026_paper_changes.sql': '6eca43e39e8317c2',
  '0027_change_epoch.sql': '7de5c6fe87488fc4',
  '0028_search_keys.sql': 'e33bc23a37eb09c9',
  '0029_change_epoch_of_copies.sql': 'be0ad9a12570a328',
  '0030_search_words.sql': '0cd98dbdef2f9892',
}

test('the tables and the migrations agree; npm run migration makes the one that is missing', async () => {
  const tables: Record<string, unknown> = {}
  for (const name of await readdir(join(DRIZZLE, 'tables')))
    Object.assign(tables, await import(join(DRIZZLE, 'tables', name)))
  const journal = JSON.parse(await readFile(join(MIGRATIONS, 'meta/_journal.json'), 'utf8'))
  const latest = String(journal.entries.at(-1).idx).padStart(4, '0')
  const migrated = JSON.parse(await readFile(join(MIGRATIONS, `meta/${latest}_snapshot.json`), 'utf8'))
  expect(await generateMigration(migrated, generateDrizzleJson(tables, migrated.id))).toEqual([])
})

test('no migration has been changed or lost', async () => {
  const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql'))
  const hashes: Record<string, string> = {}
  for (const name of files)
    hashes[name] = createHash('sha256')
      .update(await readFile(join(MIGRATIONS, name)))
      .digest('hex')
      .slice(0, 16)
  expect(hashes).toEqual(FROZEN)
})

test('several processes may migrate one database at once', async () => {
  const server = postgres(inject('postgres'), { max: 1 })
  const name = 'migrated_by_many'
  await server.unsafe(`create database ${name}`)
  const url = databaseUrl(inject('postgres'), name)
  try {
    await Promise.all([migrateDatabase(url), migrateDatabase(url), migrateDatabase(url)])
    const client = postgres(url, { max: 1 })
    const [applied] = await client`select count(*)::int as count from drizzle.__drizzle_migrations`
    const [papers] = await client`select count(*)::int as count from papers`
    await client.end()
    expect([applied?.count, papers?.count]).toEqual([Object.keys(FROZEN).length, 0])
  } finally {
    await server.unsafe(`drop database ${name} with (force)`)
    await server.end()
  }
})

test('a catalogue from before there were cards is given them', async () => {
  const { db, close } = await freshDatabase()
  onTestFinished(() => close())
  await givenPapers(db, 60)
  const cards = () => db.execute(sql`select * from paper_cards order by paper_id`)
  const written = await cards()
  expect(written).toHaveLength(60)
  await db.execute(sql`drop table paper_cards`)
  const migration = await readFile(join(MIGRATIONS, '0003_paper_cards.sql'), 'utf8')
  for (const statement of migration.split('--> statement-breakpoint')) await db.execute(sql.raw(statement))
  expect(await cards()).toEqual(written)
})

test('an empty table of recent postings keeps its pages, so that no prepared plan reads it whole later', async () => {
  const { db, close } = await freshDatabase()
  onTestFinished(() => close())
  const [size] = await db.execute<{ pages: number }>(
    sql`select (pg_relation_size('search_recent') / current_setting('block_size')::int)::int as pages`,
  )
  expect(size?.pages).toBeGreaterThan(20)
})
