import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { connect as openPool } from '../../src/db/connect.ts'
import { freshDatabase } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'

// The faults for which the driver is patched (src/patches). Without the patch these tests fail or end the process.

const database = await freshDatabase()
await database.db.execute(sql`create table written (what text not null)`)
afterAll(database.close)

/** A pool whose connections go through a proxy that can cut them. */
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

/** The address of a proxy that asks `meet`, for all that a client sends with these words in it, whether it cut the client off. */
async function meeting(words: string, meet: (client: Socket) => boolean): Promise<string> {
  const target = new URL(database.url)
  const proxy = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname).on('error', () => {})
    client.on('error', () => {}).on('close', () => upstream.destroy())
    client.on('data', (chunk) => {
      if (!chunk.includes(words) || !meet(client)) upstream.write(chunk)
    })
    upstream.pipe(client)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void proxy.close())
  await once(proxy, 'listening')
  const url = new URL(database.url)
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return url.href
}

test('a statement of a transaction whose connection is lost is refused, and not run outside the transaction', async () => {
  const { db, reset } = await throughProxy(1)
  const after: unknown[] = []
  const transaction = db.transaction(async (tx) => {
    await tx.execute(sql`insert into written values ('in the transaction')`)
    await reset()
    await setTimeout(50)
    // Makes the pool connect again, so that there is a connection on which the next statement could run.
    await db.execute(sql`select 1`)
    await tx.execute(sql`insert into written values ('after its loss')`).catch((error) => after.push(error))
  })
  await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  await expect.poll(() => after).toHaveLength(1)
  expect(await database.db.execute(sql`select what from written`)).toEqual([])
  expect(await db.execute(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('statements sent while the connection is lost return or are refused, and later ones return', async () => {
  // Several connections are lost together: a statement that is retried after the first loss goes to the next connection.
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

test.each([
  ['reset', (client: Socket) => client.resetAndDestroy()],
  ['closed', (client: Socket) => client.destroy()],
] as const)('a connection that is %s while the driver reads the types is opened again', async (_, cut) => {
  let cuts = 0
  const url = await meeting('pg_catalog.pg_type', (client) => {
    if (cuts === 3) return false
    cuts += 1
    cut(client)
    return true
  })
  const { db, close } = openDatabase(url, { connections: 1, statementTimeout: 0 })
  onTestFinished(() => close())
  const count = async () => {
    // For an array the driver must know the types.
    const [row] = await db.execute(sql`select cardinality(${sql.param([7, 8])}::bigint[]) as count`)
    return row?.count
  }
  await expect.poll(() => count().catch((error) => error.cause.code)).toBe(2)
  expect(cuts).toBe(3)
})

test.each([
  ['fails', 'select 1 / 0', '22012'],
  ['ends the connection', 'select pg_terminate_backend(pg_backend_pid())', '57P01'],
])('no statement runs on a connection whose setup %s, and its error is reported', async (_, setup, code) => {
  const driver: object = { setup }
  const pool = openPool(database.url, { connections: 2, statementTimeout: 0, driver })
  onTestFinished(() => pool.end())
  for (let attempt = 0; attempt < 3; attempt += 1) await expect(pool`select 1`).rejects.toMatchObject({ code })
  const all = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((number) => pool`select ${number}::int as number`))
  expect(all.map(({ status }) => status)).not.toContain('fulfilled')
  await expect(pool.begin((tx) => tx`select 1`)).rejects.toMatchObject({
    code: expect.stringMatching(new RegExp(`^(${code}|CONNECTION_)`)),
  })
})

test('the setup runs once for each connection, before any statement', async () => {
  const driver: object = { setup: "select set_config('test.order', 'set up', false)" }
  const pool = openPool(database.url, { connections: 2, statementTimeout: 0, driver })
  onTestFinished(() => pool.end())
  const read = () => pool`select current_setting('test.order', true) as found`
  const all = await Promise.all(Array.from({ length: 20 }, read))
  expect(new Set(all.map(([row]) => row?.found))).toEqual(new Set(['set up']))
  await pool.begin(async (tx) => {
    expect(await tx`select current_setting('test.order', true) as found`).toEqual([{ found: 'set up' }])
  })
})

test('a pool that is closed when a statement was refused because its connection was reset has an end', async () => {
  const url = await meeting('select 1', (client) => {
    client.resetAndDestroy()
    return true
  })
  const pool = openPool(url, { connections: 1, statementTimeout: 0 })
  const refused = await pool`select 1`.catch(async (error) => {
    // The driver knows of the reset here, and not yet that the connection is closed.
    await pool.end()
    return error
  })
  expect(refused).toMatchObject({ code: 'ECONNRESET' })
})
