import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { findOldNode } from '../support/old-node.ts'
import { Program, startProgram } from '../support/program.ts'
import { runHere } from '../support/run-here.ts'
import { startSystemPostgres, systemPostgresVersions } from '../support/system-postgres.ts'

// exec: the signals of the tests are for the server, not for a shell around it.
const SERVE = `exec "${process.execPath}" src/run.js serve`
const run = promisify(execFile)

// biome-ignore lint/suspicious/noExplicitAny: responses have the shape of their query.
type Json = any

/** A data directory with the sample, whose first start is the first test. */
let directory: string
let env: Record<string, string>
let started: Program[]
/** The server that tests share, because a start takes more than a second of processor time. */
let shared: Running

interface Running {
  program: Program
  url: string
}

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-serve')
  env = { DATA_DIR: join(directory, 'data'), PORT: '0', DATABASE_URL: '' }
  shared = await startProgram(SERVE, env)
})
beforeEach(() => {
  started = []
})
afterEach(async () => {
  for (const program of started.reverse()) await program.stop()
})
afterAll(async () => {
  await shared?.program.stop()
  await rm(directory, { recursive: true, force: true })
})

/** Starts another server, which stops after the test. */
async function serve(more: Record<string, string> = {}): Promise<Running> {
  const running = await startProgram(SERVE, { ...env, ...more })
  started.push(running.program)
  return running
}

/** Starts a server that is expected to end at once. */
const refused = (more: Record<string, string>) => runHere('src/programs/serve.ts', [], { ...env, ...more })

async function ask(url: string, query: string): Promise<Json> {
  return (await fetch(`${url}/graphql?${new URLSearchParams({ query })}`)).json()
}

const count = async (url: string): Promise<number> =>
  (await ask(url, '{ papers { totalCount } }')).data.papers.totalCount

test('a first start logs its settings, and the migrations that it applied', () => {
  const lines = shared.program.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  expect(lines.find(({ msg }) => msg === 'settings')).toMatchObject({
    version: '0.1.0',
    settings: { port: 0, sync: [] },
  })
  expect(lines.find(({ msg }) => msg === 'migrated').migrations[0]).toMatch(/^0000_/)
})

test('a first start has the sample', async () => {
  expect(shared.program.stderr).toContain('111 sample papers')
  expect(await count(shared.url)).toBe(111)
})

test('a field that fails after its operation did does not end the server', async () => {
  const { program, url } = shared
  const { data } = await ask(
    url,
    '{ authors(first: 100, orderBy: NAME) { edges { cursor node { user { handle } } } } }',
  )
  const edges: Json[] = data.authors.edges
  const before = edges.findIndex((_, n) => edges[n + 1]?.node.user && edges[n + 2] && !edges[n + 2].node.user)
  expect(before).not.toBe(-1)
  // The account of the first author is read, and meanwhile the second author, who has none, fails the whole list. Then the
  // first fails, too, and no one waits for it.
  const { errors } = await ask(
    url,
    `{ authors(first: 2, orderBy: NAME, after: "${edges[before].cursor}") { edges { node { user { handle } coauthors(first: 101) { id } } } } }`,
  )
  expect(errors[0]).toMatchObject({
    path: ['authors', 'edges', 1, 'node', 'coauthors'],
    extensions: { code: 'BAD_USER_INPUT' },
  })
  await expect.poll(() => program.stdout).toContain('A field failed after its operation')
  expect(await count(url)).toBe(111)
})

test('a port that is taken is a sentence with a port that is free, and nothing else is harmed', async () => {
  const { port } = new URL(shared.url)
  const { code, stderr } = await refused({ PORT: port })
  expect(code).toBe(2)
  const [, taken, free] =
    /^Port (\d+) of 127\.0\.0\.1 is taken, and (\d+) is free: PORT=\2 npm start\n$/.exec(stderr) ?? []
  expect([taken, Number(free)], stderr).toEqual([port, expect.any(Number)])
  expect(await count(shared.url)).toBe(111)
})

test('on every address of the machine it gives one that can be reached, and says which setting tells the right one', async () => {
  const { program, url } = await serve({ HOST: '0.0.0.0' })
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  await program.said(new RegExp(`${url} .*PUBLIC_URL`))
  const feed = await (await fetch(`${url}/feeds/papers.atom?first=1`)).text()
  expect(feed).toContain(`href="${url}/`)
  expect(feed).not.toContain('0.0.0.0')
})

test('wrong settings are all said, without a stack', async () => {
  const { code, stderr } = await refused({ PORT: 'x', LOG_LEVEL: 'loud' })
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 2])
})

test('a database that cannot be reached is a sentence that names the setting', async () => {
  const { code, stderr } = await refused({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^The database of DATABASE_URL cannot be used: .*ECONNREFUSED.*\n$/)
})

test('a new half-life recomputes the scores at the start, and servers that run already go by it', async () => {
  const trending = async () => {
    const query = '{ papers(first: 1) { nodes { id trending { score halfLifeHours decayedVotes } } } }'
    const { data, errors } = await ask(shared.url, query)
    expect(errors).toBeUndefined()
    return data.papers.nodes[0]
  }
  expect(await trending()).toMatchObject({ trending: { halfLifeHours: 48 } })
  const second = await serve({ TRENDING_HALF_LIFE_HOURS: '24' })
  expect(second.program.stderr).toContain('Trending scores now have a half-life of 24 h.')
  const { id, ...now } = await trending()
  expect(now).toMatchObject({ trending: { halfLifeHours: 24 } })

  // A vote through the first one is weighed with the half-life that the stored scores have.
  const token = await runHere('src/programs/token.ts', ['ada'], env)
  expect(token.code).toBe(0)
  const vote = await fetch(`${shared.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token.stdout.trim()}` },
    body: JSON.stringify({ query: `mutation { castVote(input: { paperId: "${id}" }) { __typename } }` }),
  })
  expect(await vote.json()).toEqual({ data: { castVote: { __typename: 'VotePayload' } } })
  const check = await runHere('src/programs/check-counts.ts', [], { ...env, TRENDING_HALF_LIFE_HOURS: '24' })
  expect(check).toMatchObject({ code: 0, stderr: '' })
  const third = await serve({ TRENDING_HALF_LIFE_HOURS: '24' })
  expect(third.program.stderr).not.toContain('half-life')
})

test('a second server on the same directory shares the database, whichever stops first, and has no second sample', async () => {
  const second = await startProgram(SERVE, env)
  expect(second.program.stderr).not.toContain('sample')
  expect(await count(second.url)).toBe(await count(shared.url))
  expect(await shared.program.stop()).toBe(0)
  const log = shared.program.stdout.trim().split('\n')
  expect(log.map((line) => JSON.parse(line).msg)).toContain('stopped')
  shared = second
  expect(await count(second.url)).toBe(111)
})

test('after kill -9 the next start goes on where the first was', async () => {
  const papers = await count(shared.url)
  await shared.program.stop('SIGKILL')
  shared = await startProgram(SERVE, { ...env, SAMPLE: 'false' })
  expect(await count(shared.url)).toBe(papers)
})

test('SIGTERM finishes the request under way and takes no new ones', async () => {
  const { program, url } = shared
  // As long as its cost allows, so that it is still running when the signal comes.
  const query = `{ ${Array.from({ length: 20 }, (_, n) => `a${n}: papers { facets { topics { count } months { count } } }`).join(' ')} }`
  const long = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  await new Promise((resolve) => setTimeout(resolve, 15))
  const ended = program.stop()
  const answer = (await (await long).json()) as { data: Record<string, unknown>; errors?: unknown }
  expect(answer.errors).toBeUndefined()
  expect(Object.keys(answer.data)).toHaveLength(20)
  expect(await ended).toBe(0)
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})

test('SAMPLE=false starts empty', async () => {
  const empty = await freshDatabase()
  onTestFinished(() => empty.close())
  const { program, url } = await serve({ SAMPLE: 'false', DATABASE_URL: empty.url })
  expect(await count(url)).toBe(0)
  await program.stop()
})

test('SIGTERM during a first start ends it in order, and no Postgres is left', async () => {
  const data = join(directory, 'interrupted')
  const program = new Program(SERVE, { ...env, DATA_DIR: data, SAMPLE: 'false' })
  const postmaster = join(data, 'postgres', 'postmaster.pid')
  await expect.poll(() => existsSync(postmaster), { timeout: 50_000 }).toBe(true)
  expect(await program.stop()).toBe(0)
  expect(program.stdout).toContain('"msg":"stopped"')
  expect(existsSync(postmaster)).toBe(false)
})

const versions = await systemPostgresVersions()
if (versions.length === 0) console.warn('skipped: no Postgres of the system here to be named by DATABASE_URL')
describe.each(versions)('with DATABASE_URL and %s', (bin) => {
  test('two servers start at once on it, and none is started besides', async () => {
    const system = await startSystemPostgres(bin)
    try {
      const settings = { DATABASE_URL: system.url, DATA_DIR: join(directory, 'unused'), SAMPLE: 'true' }
      const [one, other] = await Promise.all([serve(settings), serve(settings)])
      expect(await count(one.url)).toBe(await count(other.url))
      expect(await count(one.url)).toBeGreaterThan(50)
      const query = encodeURIComponent(
        '{ edition { papers { nodes { title authors { nodes { name } } } } previous { date } } topics(orderBy: TRENDING) { nodes { name } } }',
      )
      const answer = await (await fetch(`${one.url}/graphql?query=${query}`)).json()
      expect(answer).not.toHaveProperty('errors')
      await expect(run('ls', [join(directory, 'unused')])).rejects.toThrow()
      for (const { program } of [one, other]) expect(await program.stop()).toBe(0)
    } finally {
      await system.stop()
    }
  })
})

const oldNode = await findOldNode()
if (oldNode === null) console.warn('skipped: no Node older than 24 here to be refused')
test.skipIf(oldNode === null)('an older Node is told so in one line', async () => {
  const program = new Program(`exec "${oldNode}" src/run.js serve`, env)
  expect(await program.ended).toBe(1)
  expect(program.stderr).toMatch(/^Daily Papers needs Node 24 or newer, and this is Node \d+\.\d+\.\d+\. .*\n$/)
})
