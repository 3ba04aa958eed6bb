import { sql } from 'drizzle-orm'
import { openDatabase } from '../../src/db/client.ts'
import { createAccessToken } from '../../src/writes/access-tokens.ts'
import { refreshCounts } from '../../src/writes/counts.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { writing } from '../../src/writes/writing.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'

const PEOPLE = 200

/** Makes the people who vote in a benchmark, and answers a token of each. */
export async function makeVoters(databaseUrl: string): Promise<string[]> {
  // Those of a run that was broken off.
  await removeVotes(databaseUrl)
  const { db, close } = openDatabase(databaseUrl, { connections: 1, statementTimeout: 0 })
  try {
    const tokens: string[] = []
    for (let number = 1; number <= PEOPLE; number += 1) {
      const { user } = await userOfHandle(db, `bench-voter-${number}`)
      tokens.push((await createAccessToken(db, user.id, ['read', 'vote'], 90)).token)
    }
    return tokens
  } finally {
    await close()
  }
}

/**
 * Takes their votes away again, so that the catalogue is for the next run what it was for this one. The people stay: for
 * each that goes Postgres would look through all papers for one that they submitted.
 */
export async function removeVotes(databaseUrl: string): Promise<void> {
  const { db, close } = openDatabase(databaseUrl, { connections: 1, statementTimeout: 0 })
  try {
    const isChanged = await writing(db, async (open) => {
      const { tx } = open
      const voters = sql`select id from users where starts_with(handle, 'bench-voter-')`
      const rows = await tx.execute<{ id: string }>(
        sql`delete from votes where user_id in (${voters}) returning paper_id as id`,
      )
      if (rows.length === 0) return false
      const paperIds = [...new Set(rows.map(({ id }) => Number(id)))]
      await refreshCounts(open, { paperIds, authorIds: [], organizationIds: [], topicIds: [] }, HALF_LIFE_HOURS)
      return true
    })
    if (!isChanged) return
    for (const table of ['votes', 'papers', 'authors', 'organizations', 'topics'])
      await db.execute(sql.raw(`vacuum analyze ${table}`))
  } finally {
    await close()
  }
}
