import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directory.ts'
import { Program, ROOT, startProgram } from '../support/program.ts'
import { startSystemPostgres, systemPostgresVersions } from '../support/system-postgres.ts'

// exec: the signals of the tests are for the server, not for a shell around it.
const SERVE = `exec "${process.execPath}" src/run.js serve`
const run = promisify(execFile)

// biome-ignore lint/suspicious/noExplicitAny: responses have the shape of their query.
type Json = any

/** The sample, stored by the first test. Later tests start on it again, because a first start takes twice as long. */
let directory: string
let env: Record<string, string>
let started: Program[]

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-serve')
  env = { DATA_DIR: join(directory, 'data'), PORT: '0', DATABASE_URL: '' }
})
beforeEach(() => {
  started = []
})
afterEach(async () => {
  for (const program of started.reverse()) await program.stop()
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function serve(more: Record<string, string> = {}) {
  const { program, url } = await startProgram(SERVE, { ...env, ...more })
  started.push(program)
  return { program, url }
}

async function count(url: string): Promise<number> {
  const response = await fetch(`${url}/graphql?query={papers{totalCount}}`)
  return ((await response.json()) as { data: { papers: { totalCount: number } } }).data.papers.totalCount
}

test('a first start has the sample, a later one the same papers and no second sample', async () => {
  const first = await serve()
  const papers = await count(first.url)
  expect(papers).toBe(111)
  expect(await first.program.stop()).toBe(0)
  expect(
    first.program.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg),
  ).toContain('stopped')

  const second = await serve()
  expect(second.program.stderr).not.toContain('sample')
  expect(await count(second.url)).toBe(papers)
})

test('a field that fails after its operation did does not end the server', async () => {
  const { program, url } = await serve()
  const ask = async (query: string) =>
    (await (await fetch(`${url}/graphql?${new URLSearchParams({ query })}`)).json()) as Json
  const { data } = await ask('{ authors(first: 100, orderBy: NAME) { edges { cursor node { user { handle } } } } }')
  const edges: Json[] = data.authors.edges
  const before = edges.findIndex((_, n) => edges[n + 1]?.node.user && edges[n + 2] && !edges[n + 2].node.user)
  expect(before).not.toBe(-1)
  // The account of the first author is read, and meanwhile the second author, who has none, fails the whole list. Then the
  // first fails, too, and no one waits for it.
  const { errors } = await ask(
    `{ authors(first: 2, orderBy: NAME, after: "${edges[before].cursor}") { edges { node { user { handle } coauthors(first: 101) { id } } } } }`,
  )
  expect(errors[0]).toMatchObject({
    path: ['authors', 'edges', 1, 'node', 'coauthors'],
    extensions: { code: 'BAD_USER_INPUT' },
  })
  await expect.poll(() => program.stdout).toContain('A field failed after its operation')
  expect(await count(url)).toBe(111)
})

test('SAMPLE=false starts empty', async () => {
  const { url } = await serve({ SAMPLE: 'false', DATA_DIR: join(directory, 'empty') })
  expect(await count(url)).toBe(0)
})

test('after kill -9 the next start goes on where the first was', async () => {
  const first = await serve()
  const papers = await count(first.url)
  await first.program.stop('SIGKILL')
  const second = await serve({ SAMPLE: 'false' })
  expect(await count(second.url)).toBe(papers)
})

test('a second server on the same directory shares the database, whichever stops first', async () => {
  const first = await serve()
  const second = await serve()
  expect(await count(second.url)).toBe(await count(first.url))
  await first.program.stop()
  expect(await count(second.url)).toBeGreaterThan(50)
})

test('a port that is taken is a sentence, and nothing else is harmed', async () => {
  const first = await serve()
  const port = new URL(first.url).port
  const second = new Program(SERVE, { ...env, PORT: port })
  expect(await second.ended).toBe(2)
  const [, free] =
    /^Port (?:\d+) of 127\.0\.0\.1 is taken, and (\d+) is free: PORT=\1 npm start\n$/.exec(second.stderr) ?? []
  expect(free, second.stderr).toBeDefined()
  expect(second.stderr).toContain(`Port ${port} of`)
  const third = await serve({ PORT: free as string })
  expect(await count(third.url)).toBe(await count(first.url))
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
  const program = new Program(SERVE, { ...env, PORT: 'x', LOG_LEVEL: 'loud' })
  expect(await program.ended).toBe(2)
  expect(program.stderr.trim().split('\n')).toHaveLength(2)
})

test('a database that cannot be reached is a sentence that names the setting', async () => {
  const program = new Program(SERVE, { ...env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  expect(await program.ended).toBe(2)
  expect(program.stderr).toMatch(/^The database of DATABASE_URL cannot be used: .*ECONNREFUSED.*\n$/)
})

test('SIGTERM finishes the request under way and takes no new ones', async () => {
  const { program, url } = await serve()
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

test('SIGTERM during a first start ends it in order, and no Postgres is left', async () => {
  const data = join(directory, 'interrupted')
  const program = new Program(SERVE, { ...env, DATA_DIR: data, SAMPLE: 'false' })
  const postmaster = join(data, 'postgres', 'postmaster.pid')
  await expect.poll(() => existsSync(postmaster)).toBe(true)
  expect(await program.stop()).toBe(0)
  expect(program.stdout).toContain('"msg":"stopped"')
  expect(existsSync(postmaster)).toBe(false)
})

test('a new half-life recomputes the scores at the start', async () => {
  const first = await serve()
  await first.program.stop()
  const second = await serve({ TRENDING_HALF_LIFE_HOURS: '24' })
  expect(second.program.stderr).toContain('Trending scores now have a half-life of 24 h.')
  await second.program.stop()
  const third = await serve({ TRENDING_HALF_LIFE_HOURS: '24' })
  expect(third.program.stderr).not.toContain('half-life')
})

test('a server goes by the half-life that another one has set since it started', async () => {
  const first = await serve()
  const trending = async (url: string) => {
    const query = '{ papers(first: 1) { nodes { id trending { score halfLifeHours decayedVotes } } } }'
    const response = await fetch(`${url}/graphql?query=${encodeURIComponent(query)}`)
    const { data, errors } = (await response.json()) as { data: { papers: { nodes: unknown[] } }; errors?: unknown }
    expect(errors).toBeUndefined()
    return data.papers.nodes[0]
  }
  expect(await trending(first.url)).toMatchObject({ trending: { halfLifeHours: 48 } })
  const second = await serve({ TRENDING_HALF_LIFE_HOURS: '24' })
  const now = await trending(first.url)
  expect(now).toMatchObject({ trending: { halfLifeHours: 24 } })

  // A vote through the first one is weighed with the half-life that the stored scores have.
  const token = new Program(`exec "${process.execPath}" src/run.js token ada`, env)
  expect(await token.ended).toBe(0)
  const { id } = now as { id: string }
  const vote = await fetch(`${first.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token.stdout.trim()}` },
    body: JSON.stringify({ query: `mutation { castVote(input: { paperId: "${id}" }) { __typename } }` }),
  })
  expect(await vote.json()).toEqual({ data: { castVote: { __typename: 'VotePayload' } } })
  const check = new Program(`exec "${process.execPath}" src/run.js check-counts`, {
    ...env,
    TRENDING_HALF_LIFE_HOURS: '24',
  })
  expect(await check.ended, check.stderr + check.stdout).toBe(0)
  await second.program.stop()
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

/** The first Node on the path that is too old, or null. */
async function findOldNode(): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder.startsWith(ROOT)) continue
    const node = join(folder, 'node')
    const version = await run(node, ['--version']).catch(() => null)
    if (version && Number(/^v(\d+)/.exec(version.stdout)?.[1]) < 24) return node
  }
  return null
}
