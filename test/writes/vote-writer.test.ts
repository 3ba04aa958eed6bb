import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import type { Unavailable } from '../../src/values/errors.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { VoteWriter } from '../../src/writes/vote-writer.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { recount } from '../support/recount.ts'

const { db, close } = await freshDatabase()
const catalogue = await givenPapers(db, 30)
const now = new Date('2026-03-01T12:00:00Z')
afterAll(close)

async function countOf(paperId: number): Promise<number> {
  const [row] = await db.execute<{ vote_count: number }>(sql`select vote_count from papers where id = ${paperId}`)
  return Number(row?.vote_count)
}

test('a vote that cannot be written does not make the rest of its batch fail', async () => {
  const writer = new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: () => now })
  const paperId = catalogue.paperIds[20] as number
  const voteCount = await countOf(paperId)
  const voters = await Promise.all(
    Array.from({ length: 7 }, async (_, n) => (await userOfHandle(db, `batch-${n}`)).user.id),
  )
  const gone = voters[3] as number
  await db.execute(sql`delete from users where id = ${gone}`)
  const results = await Promise.allSettled(voters.map((userId) => writer.write({ paperId, userId, voted: true })))
  expect(results.map(({ status }) => status)).toEqual(voters.map((id) => (id === gone ? 'rejected' : 'fulfilled')))
  expect(await countOf(paperId)).toBe(voteCount + 6)
  expect(await recount(db)).toEqual([])
})

test('when the queue is full, further votes are refused at once, and the queued votes are written', async () => {
  const writer = new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: () => now })
  const [paperId, userId] = [catalogue.paperIds[21] as number, catalogue.userIds[0] as number]
  const change = { paperId, userId, voted: true }
  const results = await Promise.allSettled(Array.from({ length: 5_002 }, () => writer.write(change)))
  const refused = results.map((result) =>
    result.status === 'rejected' ? (result.reason as Unavailable).code : 'written',
  )
  expect(refused.slice(0, 5_000)).toEqual(refused.slice(0, 5_000).fill('written'))
  expect(refused.slice(5_000)).toEqual(['OVERLOADED', 'OVERLOADED'])
  expect(await writer.write(change)).toBe(true)
})
