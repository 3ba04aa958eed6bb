import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { databaseUrl, TEMPLATE } from './database.ts'
import { temporaryDirectory } from './directory.ts'

/** One Postgres for the whole run, with an empty migrated database that every test file copies. */
export default async function setup(project: TestProject) {
  const directory = await temporaryDirectory('daily-papers-test')
  // A test database that is lost with the machine loses nothing.
  const parameters = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const server = await startEmbeddedPostgres({ dataDir: directory, parameters })
  const client = postgres(server.url, { max: 1 })
  await client.unsafe(`create database ${TEMPLATE}`)
  await client.end()
  await migrateDatabase(databaseUrl(server.url, TEMPLATE))
  project.provide('postgres', server.url)

  return async () => {
    await server.stop()
    const log = await readFile(join(directory, 'postgres.log'), 'utf8')
    const crashes = log.split('\n').filter((line) => /PANIC|terminated by signal/.test(line))
    if (crashes.length > 0) console.error('The Postgres of the tests crashed:', crashes)
    await rm(directory, { recursive: true, force: true })
  }
}
