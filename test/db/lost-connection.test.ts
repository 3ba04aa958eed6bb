import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { freshDatabase } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'

// What the driver is patched for (src/db/patches). Without the patch the first of these fails or ends the process.

const database = await freshDatabase()
await database.db.execute(sql`create table written (what text not null)`)
afterAll(database.close)

/** A pool by a way that can be cut. */
async function throughProxy(connections: number) {
  const proxy = await startProxy(database.url)
  const { db, close } = openDatabase(proxy.url, { connections, statementTimeout: 0 })
  onTestFinished(async () => {
    await close()
    await proxy.stop()
  })
  const reset = async () => {
    await proxy.stop()
    await proxy.start()
  }
  return { db, reset }
}

test('a statement that follows the loss of its transaction is refused, and not run by itself', async () => {
  const { db, reset } = await throughProxy(1)
  const after: unknown[] = []
  const transaction = db.transaction(async (tx) => {
    await tx.execute(sql`insert into written values ('in the transaction')`)
    await reset()
    await setTimeout(50)
    // Makes the pool connect anew, so that there is a connection on which the next could run.
    await db.execute(sql`select 1`)
    await tx.execute(sql`insert into written values ('after its loss')`).catch((error) => after.push(error))
  })
  await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  await expect.poll(() => after).toHaveLength(1)
  expect(await database.db.execute(sql`select what from written`)).toEqual([])
  expect(await db.execute(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('what is asked at the moment of the loss is answered or refused, and what is asked later is answered', async () => {
  // Connections that are lost together: what the first one's loss makes the program ask goes to the next one.
  const { db, reset } = await throughProxy(3)
  const ask = async (word: string): Promise<void> => {
    const rows = await db.execute(sql`select ${word} as word`)
    expect([...rows]).toEqual([{ word }])
  }
  const insist = async (word: string): Promise<void> => {
    for (let attempt = 0; attempt < 5; attempt += 1)
      try {
        return await ask(word)
      } catch (error) {
        expect((error as Error).cause).toMatchObject({ code: expect.stringMatching(/^(CONNECTION_|ECONN)/) })
      }
  }
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(ask))
    const asked = Array.from({ length: 1 + (round % 3) }, (_, n) => insist(`at the loss ${n}`))
    await reset()
    await Promise.all(asked)
    await insist('later')
  }
})
