import { execFileSync } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { TEMPLATE } from './database.ts'
import { temporaryDirectory } from './directory.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the Postgres of the run. */
    postgres: string
    /** A data directory as after a first start without papers, to be copied with `cp -a`. */
    startedData: string
  }
}

/**
 * One Postgres for the whole run, with an empty migrated database that every test file copies; and a data directory with such
 * a database.
 */
export default async function setup(project: TestProject) {
  const directory = await temporaryDirectory('daily-papers-test')
  const dataDir = join(directory, 'data')
  const started = join(directory, 'started')
  // A test database that is lost with the machine loses nothing.
  const parameters = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const first = await startEmbeddedPostgres({ dataDir, parameters })
  await migrateDatabase(first.url)
  await first.stop()
  execFileSync('cp', ['-a', dataDir, started])
  const server = await startEmbeddedPostgres({ dataDir, parameters })
  const client = postgres(server.url.replace(/[^/]+$/, 'postgres'), { max: 1 })
  await client.unsafe(`create database ${TEMPLATE} template daily_papers`)
  await client.end()
  project.provide('postgres', server.url)
  project.provide('startedData', started)

  return async () => {
    await server.stop()
    const log = await readFile(join(dataDir, 'postgres.log'), 'utf8')
    const crashes = log.split('\n').filter((line) => /PANIC|terminated by signal/.test(line))
    if (crashes.length > 0) console.error('The Postgres of the tests crashed:', crashes)
    await rm(directory, { recursive: true, force: true })
  }
}
