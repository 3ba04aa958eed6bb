import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { directoryOf, hfRecord } from '../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type Program, startProgram } from '../support/program.ts'
import { runHere } from '../support/run-here.ts'

const NODE = `exec "${process.execPath}" src/run.js`

let database: FreshDatabase
let hub: Server
/** The addresses that the hub was told of, by request. */
const told: string[][] = []
const programs: Program[] = []

beforeAll(async () => {
  database = await freshDatabase()
  hub = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    told.push(new URLSearchParams(body).getAll('hub.url'))
    response.writeHead(204).end()
  })
  await new Promise<void>((listening) => hub.listen(0, '127.0.0.1', listening))
})
afterAll(async () => {
  for (const program of programs) await program.stop('SIGKILL')
  hub?.close()
  await database?.close()
})

async function start(): Promise<{ program: Program; url: string }> {
  const { port } = hub.address() as AddressInfo
  const started = await startProgram(`${NODE} serve`, {
    DATABASE_URL: database.url,
    PORT: '0',
    PUBLIC_URL: 'https://papers.example.org',
    WEBSUB_HUB: `http://127.0.0.1:${port}/`,
  })
  programs.push(started.program)
  return started
}

test('a hub hears of what was imported while the server was down, though nobody has read the feed since', async () => {
  const first = await start()
  for (const path of ['/feeds/papers.rss', '/feeds/papers.atom?minVotes=9999'])
    expect((await fetch(first.url + path)).status).toBe(200)
  await expect.poll(() => database.db.execute(sql`select from websub_feeds`), { timeout: 10_000 }).toHaveLength(2)
  await first.program.stop('SIGKILL')
  const directory = await directoryOf({ '2026-11-10.json': JSON.stringify([hfRecord({ id: '2611.00001' })]) })
  const env = { DATABASE_URL: database.url }
  expect(await runHere('src/programs/import.ts', ['hf-daily', directory], env)).toMatchObject({ code: 0 })
  expect(told).toEqual([])

  // Two servers are started: one of them tells it.
  const servers = await Promise.all([start(), start()])
  await expect.poll(() => told, { timeout: 10_000 }).toEqual([['https://papers.example.org/feeds/papers.rss']])
  for (const { program } of servers) expect(await program.stop()).toBe(0)
  expect(told).toHaveLength(1)
})
