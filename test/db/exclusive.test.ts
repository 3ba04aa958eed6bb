import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exclusively } from '../../src/db/exclusive.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database?.close())

test('one at a time, and the next one when it ends', async () => {
  const { db } = database
  const during = await exclusively(db, 'sync', () => exclusively(db, 'sync', async () => 'both'))
  expect(during).toBeNull()
  expect(await exclusively(db, 'sync', async () => 'alone')).toBe('alone')
})

test('the session that holds the lock keeps no snapshot: vacuum removes dead rows meanwhile', async () => {
  const { db } = database
  const held = await exclusively(db, 'indexRebuild', () =>
    db.execute<{ state: string; backend_xmin: string | null }>(sql`
      select state, backend_xmin from pg_stat_activity join pg_locks using (pid)
      where locktype = 'advisory' and datname = current_database()`),
  )
  expect(held).toEqual([{ state: 'idle in transaction', backend_xmin: null }])
})
