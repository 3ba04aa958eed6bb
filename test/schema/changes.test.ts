import { type SQL, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { openDatabase } from '../../src/db/client.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { changePage } from '../../src/lists/changes.ts'
import { CursorExpired } from '../../src/values/errors.ts'
import { entryOf } from '../ingest/fixtures.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let paperIds: number[]
beforeAll(async () => {
  database = await freshDatabase()
  ;({ paperIds } = await givenPapers(database.db, 30))
  server = await startServer(database)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const CHANGES = `query ($after: String, $first: Int) {
  changes(after: $after, first: $first) {
    nodes { cursor kind paperId changedAt paper { id title changedAt } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`
const changes = async (after: string | null, first = 100) => {
  const { data, errors } = await server.ask(CHANGES, { after, first })
  expect(errors).toBeUndefined()
  return data.changes
}
const end = async (): Promise<string> => (await changes(null)).pageInfo.endCursor
const idsOf = (page: { nodes: { paperId: string }[] }) => page.nodes.map(({ paperId }) => paperId)
const globalId = (paperId: number | undefined) => encodeGlobalId('Paper', paperId as number)
const touch = (paperId: number | undefined) =>
  sql`update papers set summary = coalesce(summary, '') || '.' where id = ${paperId}`
const lines = async (query: string) => {
  const response = await fetch(`${server.url}/changes.jsonl${query}`)
  return { response, lines: (await response.text()).split('\n') }
}

test('changes are all papers at first, each once, and pages end with a cursor to go on from', async () => {
  const all: string[] = []
  let after: string | null = null
  let hasNextPage = true
  while (hasNextPage) {
    const { nodes, pageInfo } = await changes(after, 7)
    expect(pageInfo).toMatchObject({ startCursor: nodes[0].cursor, endCursor: nodes.at(-1).cursor })
    expect(pageInfo.hasPreviousPage).toBe(after !== null)
    for (const { kind, paper, paperId, changedAt } of nodes)
      expect({ kind, id: paper.id, at: paper.changedAt }).toEqual({ kind: 'UPSERT', id: paperId, at: changedAt })
    all.push(...nodes.map(({ paperId }: { paperId: string }) => paperId))
    ;({ endCursor: after, hasNextPage } = pageInfo)
  }
  expect(all.toSorted()).toEqual(paperIds.map(globalId).toSorted())
  const empty = await changes(after)
  expect(empty).toEqual({
    nodes: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: after },
  })
})

test('a page takes a statement for the changes and one for the papers', async () => {
  const { statements } = await database.log.during(() => changes(null, 20))
  expect(statements).toHaveLength(2)
})

test('a hidden and a deleted paper are tombstones, and nothing of them is told', async () => {
  const after = await end()
  const [hidden, deleted] = paperIds
  await database.db.execute(sql`update papers set title = 'Secret', hidden_at = now() where id = ${hidden}`)
  await database.db.execute(sql`delete from papers where id = ${deleted}`)
  await database.db.execute(sql`update papers set title = 'Secret, too' where id = ${hidden}`)
  const page = await changes(after)
  expect(idsOf(page)).toEqual([globalId(hidden), globalId(deleted)])
  for (const change of page.nodes) expect(change).toMatchObject({ kind: 'TOMBSTONE', paper: null })
  expect((await lines(`?after=${after}`)).lines.join()).not.toContain('Secret')
  await database.db.execute(sql`update papers set hidden_at = null where id = ${hidden}`)
  expect((await changes(page.pageInfo.endCursor)).nodes).toMatchObject([
    { kind: 'UPSERT', paperId: globalId(hidden), paper: { title: 'Secret, too' } },
  ])
})

test('a transaction that commits late comes after the cursor of whoever did not see it', async () => {
  const { db } = database
  const after = await end()
  const [, , late, early] = paperIds
  let before: Awaited<ReturnType<typeof changes>> | undefined
  await db.transaction(async (tx) => {
    await tx.execute(touch(late))
    const other = freshPool()
    await other.db.execute(touch(early))
    await other.close()
    before = await changes(after)
  })
  expect(idsOf(before)).toEqual([globalId(early)])
  expect(idsOf(await changes(before.pageInfo.endCursor))).toEqual([globalId(late)])
})

test('whoever commits while another commit is under way waits for it, and has the later moment', async () => {
  const after = await end()
  const [, , first, second] = paperIds
  const other = freshPool()
  let waiting: Promise<unknown> | undefined
  await database.db.transaction(async (tx) => {
    await tx.execute(touch(first))
    // As far as a commit gets before others see it.
    await tx.execute(sql`set constraints all immediate`)
    waiting = Promise.resolve(other.db.execute(touch(second)))
    await expect.poll(() => waitingForLocks()).toBe(1)
    expect(idsOf(await changes(after))).toEqual([])
  })
  await waiting
  await other.close()
  expect(idsOf(await changes(after))).toEqual([globalId(first), globalId(second)])
})

/** Further connections to the database. */
const freshPool = () => openDatabase(database.url, { connections: 1, statementTimeout: 10_000 })

const waitingForLocks = async () =>
  Number(
    (
      await database.db.execute(
        sql`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
    )[0]?.count,
  )

test('what others see as a change is on the disk, also of an import that does not wait for it; a vote is not', async () => {
  const waitsFor = (work: SQL) =>
    database.db.transaction(async (tx) => {
      await tx.execute(sql`set local synchronous_commit = off`)
      await tx.execute(work)
      await tx.execute(sql`set constraints all immediate`)
      return (await tx.execute(sql`show synchronous_commit`))[0]?.synchronous_commit
    })
  expect(await waitsFor(touch(paperIds[2]))).toBe('local')
  expect(await waitsFor(sql`update papers set vote_count = vote_count + 1 where id = ${paperIds[2]}`)).toBe('off')
})

test('a follower who keeps votes apart hears of no vote', async () => {
  const after = await end()
  await database.db.execute(sql`update papers set vote_count = vote_count + 1, comment_count = 5, trending_score = 1`)
  expect((await changes(after)).nodes).toEqual([])
})

test('/changes.jsonl has the same changes as lines, with whole papers, and ends with the page', async () => {
  const authors = Array.from({ length: 130 }, (_, n) => ({ name: `Author ${n}`, account: null }))
  await saveEntries(database.db, [entryOf({ authors })], { halfLifeHours: HALF_LIFE_HOURS })
  const data = await changes(null)
  const { response, lines: all } = await lines('?first=1000')
  expect(response.headers.get('content-type')).toBe('application/jsonl; charset=utf-8')
  expect(all.pop()).toBe('')
  const { hasNextPage, endCursor } = data.pageInfo
  expect(JSON.parse(all.pop() as string)).toEqual({ pageInfo: { hasNextPage, endCursor } })
  expect(response.headers.get('link')).toBe(`<${server.url}/changes.jsonl?after=${endCursor}&first=1000>; rel="next"`)
  const read = all.map((line) => JSON.parse(line))
  expect(read.map(({ cursor, kind, paperId, changedAt }) => ({ cursor, kind, paperId, changedAt }))).toEqual(
    data.nodes.map(({ paper: _, ...change }: Record<string, unknown>) => change),
  )
  const last = read.at(-1).paper
  expect(last.authors.map(({ name }: { name: string }) => name)).toEqual(authors.map(({ name }) => name))
  expect(last).toMatchObject({ arxivId: '2611.04217', title: 'Tidal Routing', topics: [], organization: null })
  expect(last).not.toHaveProperty('voteCount')

  const [one, page] = (await lines('?first=1')).lines
  expect(JSON.parse(one as string).cursor).toBe(read[0].cursor)
  expect(JSON.parse(page as string)).toEqual({ pageInfo: { hasNextPage: true, endCursor: read[0].cursor } })
})

test('a copy of the database, which may lack what came later, refuses the cursors of the original', async () => {
  // Both have the same template.
  const copy = await freshDatabase()
  onTestFinished(() => copy.close())
  const { endCursor } = await changePage(copy.db, null, 1)
  expect(await changePage(copy.db, endCursor, 1)).toMatchObject({ changes: [], endCursor })
  await expect(changePage(database.db, endCursor, 1)).rejects.toThrow(CursorExpired)
})

test('a cursor that cannot be read is refused, and one of before a restore says to start over', async () => {
  const cursor = await end()
  const [kind, epoch, , paperId] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  const made = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
  const codeOf = async (after: string) => {
    const { response, lines: text } = await lines(`?after=${encodeURIComponent(after)}`)
    const { errors } = await server.ask(CHANGES, { after })
    expect(text).toEqual([`${errors?.[0]?.message}\n`.trim(), ...(text.length > 1 ? [''] : [])])
    return [response.status, errors?.[0]?.extensions.code]
  }
  for (const wrong of ['x', made(kind), made('NEWEST', epoch, null, 1), made(kind, epoch, 'yesterday', 1)])
    expect(await codeOf(wrong)).toEqual([400, 'BAD_USER_INPUT'])
  // Of a change that this database has lost.
  expect(await codeOf(made(kind, epoch, '2999-01-01T00:00:00.000Z', paperId))).toEqual([410, 'CURSOR_EXPIRED'])
  await database.db.execute(sql`update change_clock set epoch = gen_random_uuid()`)
  expect(await codeOf(cursor)).toEqual([410, 'CURSOR_EXPIRED'])
  expect((await changes(null)).nodes).toHaveLength(paperIds.length + 1)
})
