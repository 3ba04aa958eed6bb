import { randomBytes } from 'node:crypto'
import type { Logger } from 'drizzle-orm'
import postgres from 'postgres'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/db/client.ts'

/** The migrated database that each test file copies. */
export const TEMPLATE = 'template_of_tests'

/** The address of another database of the same server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Records the statements of a pool. */
export class StatementLog implements Logger {
  statements: string[] = []

  logQuery(statement: string): void {
    this.statements.push(statement)
  }

  /** The result of `run`, and the statements that ran meanwhile. */
  async during<T>(run: () => Promise<T>): Promise<{ result: T; statements: string[] }> {
    const before = this.statements.length
    const result = await run()
    return { result, statements: this.statements.slice(before) }
  }
}

export interface FreshDatabase extends Database {
  url: string
  log: StatementLog
}

/** A migrated, empty database for the caller alone. `close` drops it. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('postgres')
  const name = `test_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${name} template ${TEMPLATE}`)
  const url = databaseUrl(server, name)
  const log = new StatementLog()
  const database = openDatabase(url, { connections: 10, statementTimeout: 30_000, logger: log })
  return {
    ...database,
    url,
    log,
    close: async () => {
      await database.close()
      await onServer(server, `drop database ${name} with (force)`)
    },
  }
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = postgres(server, { max: 1, onnotice: () => {} })
  try {
    await client.unsafe(statement)
  } finally {
    await client.end()
  }
}
