import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { Turns } from '../../src/http/turns.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer } from '../support/server.ts'

test('so many run at once, the others after them in their order, failures among them', async () => {
  const turns = new Turns(3)
  const begun: number[] = []
  let [running, most] = [0, 0]
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      turns.run(async () => {
        begun.push(n)
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, (n * 7) % 5))
        running -= 1
        if (n % 4 === 0) throw new Error(`${n}`)
        return n
      }),
    ),
  )
  expect(most).toBe(3)
  expect(begun).toEqual(Array.from({ length: 20 }, (_, n) => n))
  expect(results.map(({ status }) => status)).toEqual(
    Array.from({ length: 20 }, (_, n) => (n % 4 === 0 ? 'rejected' : 'fulfilled')),
  )
  expect(await turns.run(async () => 'free again')).toBe('free again')
})

test('pages do not wait for operations that read whole lists', async () => {
  const database = await freshDatabase()
  await givenPapers(database.db, 30)
  const counting = openDatabase(database.url, { connections: 1, statementTimeout: 0 })
  const server = await startServer(database, { counting: counting.db })
  onTestFinished(async () => {
    await server.close()
    await counting.close()
    await database.close()
  })
  // Takes the only connection that counts are read on.
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const busy = counting.db.transaction(() => released)

  const pages = Array.from({ length: 30 }, (_, n) => `papers(first: ${n + 1})`)
  const counts = pages.map((papers) => server.ask(`{ ${papers} { totalCount } }`))
  for (const papers of pages) expect((await server.ask(`{ ${papers} { nodes { id } } }`)).errors).toBeUndefined()
  release()
  await busy
  for (const count of counts) expect((await count).data).toEqual({ papers: { totalCount: 30 } })
})
