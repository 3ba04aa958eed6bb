import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { listenToDatabase } from '../../src/live/events.ts'
import { entryOf, HALF_LIFE } from '../ingest/fixtures.ts'
import { freshDatabase } from '../support/database.ts'

const database = await freshDatabase()
const live = await listenToDatabase(database.url, pino({ level: 'silent' }))
afterAll(async () => {
  await live.close()
  await database.close()
})

test('an import announces papers of the open edition and new vote counts, but no papers of old editions', async () => {
  const [votes, listed] = [live.subscribe('votes', null), live.subscribe('listed', null)]
  const now = new Date().toISOString()
  const [old, today] = [
    entryOf({ arxivId: '2401.00001', listedOn: '2024-01-02', listedAt: '2024-01-02T00:00:00.000Z' }),
    entryOf({ arxivId: '2401.00002', listedOn: now.slice(0, 10), listedAt: now, votes: { count: 7, countedAt: now } }),
  ]
  const save = () => saveEntries(database.db, [old, { ...today, asOf: now }], { halfLifeHours: HALF_LIFE })
  expect(await save()).toMatchObject({ created: 2, problems: [] })

  const heard = await listed.next()
  expect(heard.value).toEqual({ paperIds: [expect.any(Number)] })
  const counted = await votes.next()
  expect(counted.value.paperIds).toContain(heard.value.paperIds[0])

  // The same import again changes nothing and announces nothing.
  await save()
  await database.db.execute(`select pg_notify('daily_papers', '{"listed":[0]}')`)
  expect((await listed.next()).value).toEqual({ paperIds: [0] })
})
