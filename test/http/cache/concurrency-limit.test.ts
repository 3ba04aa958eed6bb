import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/db/client.ts'
import { ConcurrencyLimit } from '../../../src/http/cache/concurrency-limit.ts'
import { Unavailable } from '../../../src/values/errors.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

test('no more than the limit run at once, and the others follow in order, after failures too', async () => {
  const limit = new ConcurrencyLimit(3, 17)
  const begun: number[] = []
  let [running, most] = [0, 0]
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      limit.run(async () => {
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
  expect(await limit.run(async () => 'free again')).toBe('free again')
})

test('a task that arrives after a hand-over waits, and afterwards the whole limit is used again', async () => {
  const limit = new ConcurrencyLimit(2, 100)
  const waiting: (() => void)[] = []
  const done: Promise<void>[] = []
  let [running, most] = [0, 0]
  const start = () => {
    const task = async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => waiting.push(resolve))
      running -= 1
    }
    done.push(limit.run(task))
  }
  const finishOne = async () => {
    waiting.shift()?.()
    await setImmediate()
  }

  for (let n = 0; n < 3; n += 1) start()
  // Each task that ends hands its slot to the one in the queue; the next arrives just after that.
  for (let n = 0; n < 10; n += 1) {
    await finishOne()
    expect(running).toBe(2)
    start()
    await setImmediate()
    expect(running).toBe(2)
  }
  while (waiting.length > 0) await finishOne()
  await Promise.all(done)
  expect([running, most]).toEqual([0, 2])

  for (let n = 0; n < 3; n += 1) start()
  expect(running).toBe(2)
  while (waiting.length > 0) await finishOne()
  expect([running, most]).toEqual([0, 2])
})

test('the queue has a limit', async () => {
  const limit = new ConcurrencyLimit(1, 2)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const taken = [limit.run(() => released), limit.run(async () => {}), limit.run(async () => {})]
  await expect(limit.run(async () => {})).rejects.toEqual(new Unavailable('OVERLOADED'))
  release()
  await Promise.all(taken)
  expect(await limit.run(async () => 'free again')).toBe('free again')
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

test('when the queue is full, more requests get 503 at once, and queued ones get their response', async () => {
  const [running, waiting, more] = [20, 5_000, 50]
  const database = await freshDatabase()
  const server = await startServer(database)
  onTestFinished(async () => {
    await server.close()
    await database.close()
  })
  const query = 'query ($slug: String!) { topic(slug: $slug) { id } }'
  const address = (slug: string) => `/graphql?${new URLSearchParams({ query, variables: JSON.stringify({ slug }) })}`

  // All on one connection, one behind the other without waiting for answers.
  const line = connect(Number(new URL(server.url).port), '127.0.0.1')
  onTestFinished(() => void line.destroy())
  let answers = ''
  line.setEncoding('utf8').on('data', (chunk) => {
    answers += chunk
  })
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`lock table topics in access exclusive mode`)
    for (let n = 0; n < running + waiting + more; n += 1)
      line.write(`GET ${address(`t${n}`)} HTTP/1.1\r\nhost: x\r\n\r\n`)
    await expect
      .poll(() => server.logged.map(({ msg }) => msg))
      .toContainEqual(expect.stringContaining('refused with 503'))

    const refused = await fetch(server.url + address('more'))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2'])
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    expect(await refused.json()).toEqual({
      errors: [{ message: expect.stringContaining('Try again'), extensions: { code: 'OVERLOADED' } }],
    })
    const feed = await fetch(`${server.url}/feeds/papers.rss`)
    expect([feed.status, feed.headers.get('retry-after'), feed.headers.get('cache-control')]).toEqual([
      503,
      '2',
      'no-store',
    ])
    expect(await feed.text()).toContain('Try again')
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })
  const count = (status: number) => answers.split(`HTTP/1.1 ${status} `).length - 1
  await expect.poll(() => count(200) + count(503), { timeout: 45_000 }).toBe(running + waiting + more)
  expect(count(200)).toBe(running + waiting)
  expect((await fetch(server.url + address('more'))).status).toBe(200)
  // Said once, not for each.
  expect(server.logged.filter(({ level }) => Number(level) > 30)).toHaveLength(1)
})
