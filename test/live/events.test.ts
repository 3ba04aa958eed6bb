import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { type LiveItem, listenToDatabase } from '../../src/live/events.ts'
import { EVENTS_CHANNEL } from '../../src/writes/events.ts'
import { announceListed, announceVotes } from '../support/announce.ts'
import { freshDatabase } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'

/** The largest number of papers that may be queued for a subscriber. */
const BOUND = 1_000
const END = { done: true, value: undefined }

const database = await freshDatabase()
const { db } = database
afterAll(() => database.close())

type Live = Awaited<ReturnType<typeof listen>>
type Subscription = ReturnType<Live['subscribe']>

/** Listens until the test is over. */
async function listen({ patience = 30_000, url = database.url } = {}) {
  const logged: string[] = []
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) })
  const live = await listenToDatabase(url, log, { patience })
  onTestFinished(live.close)
  return { ...live, logged }
}

/** Resolves when all earlier notifications have been received: they arrive in the order of their commits. */
async function allReceived(live: Live): Promise<void> {
  const last = live.subscribe('votes', new Set([-1]))
  await announceVotes(db, [-1])
  await last.next()
  await last.return?.()
}

const next = async (subscription: Subscription): Promise<LiveItem> => {
  const { value, done } = await subscription.next()
  expect(done).toBe(false)
  return value
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, place) => place + 1)

describe('a subscriber receives events', () => {
  test('of its kind, and of the papers that it subscribed to', async () => {
    const live = await listen()
    const [votes, some, listed] = [
      live.subscribe('votes', null),
      live.subscribe('votes', new Set([2, 3])),
      live.subscribe('listed', null),
    ]
    await announceVotes(db, [1, 2])
    await announceListed(db, [4])
    expect(await next(votes)).toEqual({ paperIds: [1, 2] })
    expect(await next(some)).toEqual({ paperIds: [2] })
    expect(await next(listed)).toEqual({ paperIds: [4] })

    // Queued events are read first, so an event of paper 1 would be read here.
    await announceVotes(db, [1])
    await announceVotes(db, [3])
    expect(await next(some)).toEqual({ paperIds: [3] })
  })

  test('in every process, after the commit and not before', async () => {
    const [one, other] = [await listen(), await listen()]
    const subscriptions = [one.subscribe('votes', null), other.subscribe('votes', null)]
    await db.transaction(async (tx) => {
      await announceVotes(tx, [1])
      await announceVotes(db, [2])
      for (const subscription of subscriptions) expect(await next(subscription)).toEqual({ paperIds: [2] })
    })
    for (const subscription of subscriptions) expect(await next(subscription)).toEqual({ paperIds: [1] })
    await db
      .transaction(async (tx) => {
        await announceVotes(tx, [3])
        throw new Error('rolled back')
      })
      .catch(() => {})
    await announceVotes(db, [4])
    for (const subscription of subscriptions) expect(await next(subscription)).toEqual({ paperIds: [4] })
  })

  test('at once if it is waiting for one', async () => {
    const live = await listen()
    const subscription = live.subscribe('votes', null)
    const waiting = subscription.next()
    await announceVotes(db, [7])
    expect(await waiting).toEqual({ done: false, value: { paperIds: [7] } })
  })

  test('with large ids, and more of them than fit into one notification', async () => {
    const live = await listen()
    const subscription = live.subscribe('votes', null)
    const ids = numbers(900).map((number) => Number.MAX_SAFE_INTEGER - 901 + number)
    await db.transaction((tx) => announceVotes(tx, ids))
    await allReceived(live)
    expect(await next(subscription)).toEqual({ paperIds: [...ids, -1] })
  })
})

describe('a subscriber that does not read', () => {
  test('receives a burst as one event, with each paper once', async () => {
    const live = await listen()
    const subscription = live.subscribe('votes', null)
    await Promise.all(numbers(1_000).map((number) => announceVotes(db, [number % 10])))
    await allReceived(live)
    const item = await next(subscription)
    expect(item).toEqual({ paperIds: expect.any(Array) })
    expect([...(item as { paperIds: number[] }).paperIds].sort((a, b) => a - b)).toEqual([
      -1,
      ...numbers(10).map((number) => number - 1),
    ])
  })

  test('keeps its subscription while its queue is within the limit, and then receives the whole queue', async () => {
    const live = await listen()
    const subscription = live.subscribe('listed', null)
    await announceListed(db, numbers(BOUND))
    await announceListed(db, numbers(BOUND))
    await allReceived(live)
    expect(await next(subscription)).toEqual({ paperIds: numbers(BOUND) })
  })

  test('is dropped when its queue exceeds the limit; the last event says so', async () => {
    const live = await listen()
    const [subscription, other] = [live.subscribe('listed', null), live.subscribe('listed', new Set([1]))]
    await announceListed(db, numbers(BOUND + 1))
    await announceListed(db, [1])
    await allReceived(live)
    expect(await next(subscription)).toEqual({ tooSlow: true })
    expect(await subscription.next()).toEqual(END)
    expect(await subscription.next()).toEqual(END)
    expect(await next(other)).toEqual({ paperIds: [1] })
  })

  test('is dropped when an event has been in its queue for too long', async () => {
    const live = await listen({ patience: 50 })
    const [subscription, idle] = [live.subscribe('votes', null), live.subscribe('votes', new Set([2]))]
    await announceVotes(db, [1])
    await allReceived(live)
    await setTimeout(150)
    expect(await next(subscription)).toEqual({ tooSlow: true })
    expect(await subscription.next()).toEqual(END)

    // The queue of this one was empty.
    await announceVotes(db, [2])
    expect(await next(idle)).toEqual({ paperIds: [2] })
  })

  test('starts a new time limit with each event that it reads', async () => {
    const live = await listen({ patience: 2_000 })
    const subscription = live.subscribe('votes', new Set([1]))
    for (let round = 0; round < 3; round += 1) {
      await announceVotes(db, [1])
      await allReceived(live)
      await setTimeout(800)
      expect(await next(subscription)).toEqual({ paperIds: [1] })
    }
  })

  test('receives nothing that happens after it was dropped', async () => {
    const live = await listen({ patience: 20 })
    const subscription = live.subscribe('votes', null)
    await announceVotes(db, [1])
    await allReceived(live)
    await setTimeout(100)
    await announceVotes(db, [2])
    await allReceived(live)
    expect(await next(subscription)).toEqual({ tooSlow: true })
    expect(await subscription.next()).toEqual(END)
  })
})

describe('the end of a subscription', () => {
  test('return() ends a read that is waiting, and all later ones', async () => {
    const live = await listen()
    const subscription = live.subscribe('votes', null)
    const waiting = subscription.next()
    expect(await subscription.return?.()).toEqual(END)
    expect(await waiting).toEqual(END)
    await announceVotes(db, [1])
    await allReceived(live)
    expect(await subscription.next()).toEqual(END)
  })

  test('return() empties the queue', async () => {
    const live = await listen({ patience: 20 })
    const subscription = live.subscribe('votes', null)
    await announceVotes(db, [1])
    await allReceived(live)
    await subscription.return?.()
    await setTimeout(60)
    expect(await subscription.next()).toEqual(END)
  })

  test('memory of subscriptions that ended or were dropped is released', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const live = await listen({ patience: 20 })
    const subscribe = () => new WeakRef(live.subscribe('votes', null))
    const [ended, dropped, kept] = [
      numbers(100).map(subscribe),
      numbers(100).map(subscribe),
      live.subscribe('votes', null),
    ]
    for (const subscription of ended) void subscription.deref()?.return?.()
    const reading = kept.next()
    await announceVotes(db, [1])
    await allReceived(live)
    await setTimeout(100)
    collect()
    const left = [...ended, ...dropped].filter((subscription) => subscription.deref() !== undefined)
    // A register may still have the last one.
    expect(left.length).toBeLessThan(3)
    expect(await reading).toEqual({ done: false, value: { paperIds: [1] } })
  })

  test('close() ends all subscriptions, also later ones, and closes the connection', async () => {
    const live = await listen()
    const [waits, reads, later] = [
      live.subscribe('votes', null),
      live.subscribe('listed', null),
      () => live.subscribe('votes', null),
    ]
    await announceListed(db, [1])
    await allReceived(live)
    await next(waits)
    const waiting = waits.next()
    await live.close()
    expect(await waiting).toEqual(END)
    expect(await reads.next()).toEqual(END)
    expect(await later().next()).toEqual(END)
    await expect.poll(listeners).toBe(0)
    await live.close()
  })
})

describe('the connection to the database', () => {
  test('is opened again after it is lost, and every subscriber is told to refetch', async () => {
    const live = await listen()
    const waits = live.subscribe('votes', null)
    const slow = live.subscribe('listed', new Set([1]))
    const waiting = waits.next()
    await announceListed(db, [1])
    await allReceived(live)
    expect(await waiting).toEqual({ done: false, value: { paperIds: [-1] } })

    await loseConnections()
    expect(await next(waits)).toEqual({ missed: true })
    expect(await next(slow)).toEqual({ missed: true })
    expect(await next(slow)).toEqual({ paperIds: [1] })
    expect(live.logged).toEqual([
      expect.stringContaining('the connection that listens to the database is lost'),
      expect.stringContaining('listening to the database again'),
    ])

    await announceVotes(db, [5])
    await announceListed(db, [1])
    expect(await next(waits)).toEqual({ paperIds: [5] })
    expect(await next(slow)).toEqual({ paperIds: [1] })
    expect(await listeners()).toBe(1)
  })

  test('is known to be current until it is lost or silent', async () => {
    const proxy = await startProxy(database.url)
    onTestFinished(proxy.stop)
    const live = await listen({ url: proxy.url })
    for (let round = 0; round < 5; round += 1) {
      // Polled: on a busy machine it may rightly be unknown for a moment.
      await expect.poll(live.isCurrent).toBe(true)
      await setTimeout(300)
    }
    await proxy.stop()
    await expect.poll(live.isCurrent).toBe(false)
    await proxy.start()
    await expect.poll(live.isCurrent).toBe(true)
    proxy.freeze()
    await setTimeout(950)
    expect(live.isCurrent()).toBe(false)
  })

  test('is replaced when it is silent, and every subscriber is told to refetch', async () => {
    const proxy = await startProxy(database.url)
    onTestFinished(proxy.stop)
    const live = await listen({ url: proxy.url })
    const subscription = live.subscribe('votes', null)
    proxy.freeze()
    await announceVotes(db, [1])
    expect(await next(subscription)).toEqual({ missed: true })
    await expect.poll(live.isCurrent).toBe(true)
    await announceVotes(db, [2])
    expect(await next(subscription)).toEqual({ paperIds: [2] })
    expect(live.logged).toEqual([
      expect.stringContaining('the connection that listens to the database is lost'),
      expect.stringContaining('listening to the database again'),
    ])

    // A second silence is noticed like the first.
    proxy.freeze()
    expect(await next(subscription)).toEqual({ missed: true })
    await expect.poll(live.isCurrent).toBe(true)
  })

  test('is opened again each time that it is lost', async () => {
    const live = await listen()
    const subscription = live.subscribe('votes', null)
    for (let round = 1; round <= 3; round += 1) {
      await loseConnections()
      expect(await next(subscription)).toEqual({ missed: true })
      await announceVotes(db, [round])
      expect(await next(subscription)).toEqual({ paperIds: [round] })
    }
  })

  test('is retried until the database can be reached again', async () => {
    const proxy = await startProxy(database.url)
    onTestFinished(proxy.stop)
    const live = await listen({ url: proxy.url })
    const subscription = live.subscribe('votes', null)
    await proxy.stop()
    await announceVotes(db, [1])
    await setTimeout(1_000)
    await proxy.start()
    expect(await next(subscription)).toEqual({ missed: true })
    await announceVotes(db, [2])
    expect(await next(subscription)).toEqual({ paperIds: [2] })
  })

  test('may be lost when close() ends all subscriptions', async () => {
    const proxy = await startProxy(database.url)
    onTestFinished(proxy.stop)
    const live = await listen({ url: proxy.url })
    const subscription = live.subscribe('votes', null)
    await proxy.stop()
    await setTimeout(300)
    await live.close()
    expect(await subscription.next()).toEqual(END)
  })
})

test('notifications of other programs on the channel are ignored and logged', async () => {
  const live = await listen()
  const subscription = live.subscribe('votes', null)
  const strange = ['', 'hello', '{', 'null', '7', '[]', '{}', '{"votes":null}', '{"votes":["1"]}', '{"listed":{}}']
  for (const payload of strange) await db.execute(sql`select pg_notify(${EVENTS_CHANNEL}, ${payload})`)
  await announceVotes(db, [1])
  expect(await next(subscription)).toEqual({ paperIds: [1] })
  const line = 'ignored a notification that this program did not send'
  expect(live.logged.filter((message) => message === line)).toHaveLength(strange.length)
})

/** The number of connections that listen. */
async function listeners(): Promise<number> {
  const rows = await db.execute(sql`select from pg_stat_activity where ${IS_LISTENER}`)
  return rows.length
}

const IS_LISTENER = sql`application_name = 'daily-papers live' and datname = current_database()`

async function loseConnections(): Promise<void> {
  const rows = await db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where ${IS_LISTENER}`)
  expect(rows.length).toBeGreaterThan(0)
}
