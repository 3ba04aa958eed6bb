import { Agent, request } from 'node:http'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { loadSample } from '../../src/ingest/sample.ts'
import { createAccessToken } from '../../src/writes/access-tokens.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type Program, startProgram } from '../support/program.ts'
import { random } from '../support/random.ts'
import { recount } from '../support/recount.ts'
import { runHere } from '../support/run-here.ts'

// Many people vote at once on few papers, through two servers of one database, and one of the servers is killed.
// VOTE_OPERATIONS sets another number of votes: `npm run test:long` casts 100,000.

const PAPERS = 5
const CONNECTIONS = 40
const OPERATIONS = Number(process.env.VOTE_OPERATIONS ?? 800)
/** So many that each has several votes to give and to withdraw. */
const PEOPLE = Math.min(200, OPERATIONS / 10)
const KILL_AT = OPERATIONS / 2

let env: Record<string, string>
let servers: { program: Program; url: string }[]
let database: FreshDatabase

beforeAll(async () => {
  database = await freshDatabase()
  await loadSample(database.db, { now: new Date(), halfLifeHours: 48 })
  env = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'warn', SAMPLE: 'false' }
  const serve = () => startProgram(`exec "${process.execPath}" src/run.js serve`, env)
  servers = await Promise.all([serve(), serve()])
})
afterAll(async () => {
  for (const { program } of servers ?? []) await program.stop()
  await database?.close()
})

interface Person {
  id: number
  token: string
}

/** What a person and paper have come to, as far as anyone was told. */
interface Expected {
  /** The last operation that was acknowledged; false where none was, as nobody had voted at the start. */
  voted: boolean
  /** What was asked later, by a request that was never answered: it was done, or it was not. */
  perhaps?: boolean
}

/** One keep-alive connection, on which one request follows another. */
class Line {
  url: string
  #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(url: string) {
    this.url = url
  }

  /** Answers what the person is told; rejects where the connection broke before the answer was whole. */
  send(action: 'castVote' | 'withdrawVote', paperId: number, token: string): Promise<unknown> {
    const body = JSON.stringify({
      query: `mutation ($id: ID!) { ${action}(input: { paperId: $id }) { ... on VotePayload { paper { viewerHasVoted } } } }`,
      variables: { id: encodeGlobalId('Paper', paperId) },
    })
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      const sent = request(`${this.url}/graphql`, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve(JSON.parse(text)))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  end(): void {
    this.#agent.destroy()
  }
}

test('no acknowledged vote is lost and every sum is right, when a server is killed in the middle', async () => {
  const { db } = database
  const people: Person[] = []
  for (let n = 0; n < PEOPLE; n += 1) {
    const { user } = await userOfHandle(db, `voter-${n}`)
    people.push({ id: user.id, token: (await createAccessToken(db, user.id, ['vote'], 90)).token })
  }
  const rows = await db.execute<{ id: string }>(
    sql`select id from papers order by trending_score desc, id limit ${PAPERS}`,
  )
  const paperIds = rows.map(({ id }) => Number(id))
  expect(paperIds).toHaveLength(PAPERS)
  const expected = new Map<string, Expected>()
  const keyOf = (paperId: number, userId: number) => `${paperId} ${userId}`
  for (const paperId of paperIds) for (const { id } of people) expected.set(keyOf(paperId, id), { voted: false })

  const [killed, other] = servers as [(typeof servers)[0], (typeof servers)[0]]
  let [acknowledged, unanswered, begun] = [0, 0, 0]
  let death: Promise<unknown> | undefined
  const started = performance.now()
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, place) => {
      const draw = random(place)
      const line = new Line(place % 2 === 0 ? killed.url : other.url)
      // A person belongs to one line, so that it is known in what order the servers were asked.
      const theirs = people.filter((_person, number) => number % CONNECTIONS === place)
      const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T
      while (begun < OPERATIONS) {
        begun += 1
        const [paperId, person, voted] = [pick(paperIds), pick(theirs), draw() < 0.5]
        const key = keyOf(paperId, person.id)
        try {
          const answer = await line.send(voted ? 'castVote' : 'withdrawVote', paperId, person.token)
          const action = voted ? 'castVote' : 'withdrawVote'
          expect(answer).toEqual({ data: { [action]: { paper: { viewerHasVoted: voted } } } })
          expected.set(key, { voted })
          acknowledged += 1
        } catch (error) {
          // Only the dead server leaves requests without an answer; a wrong answer is what this test is about.
          if (death === undefined || line.url !== killed.url || (error as Error).name === 'AssertionError') throw error
          expected.set(key, { ...(expected.get(key) as Expected), perhaps: voted })
          unanswered += 1
          line.url = other.url
        }
        if (acknowledged >= KILL_AT) death ??= killed.program.stop('SIGKILL')
      }
      line.end()
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  await death
  console.log(
    `${acknowledged} operations acknowledged in ${seconds.toFixed(1)} s (${(acknowledged / seconds).toFixed(0)}/s), ${unanswered} unanswered`,
  )

  expect(begun).toBe(OPERATIONS)
  expect(acknowledged + unanswered).toBe(OPERATIONS)
  // No more than one a line of the dead server.
  expect(unanswered).toBeLessThanOrEqual(CONNECTIONS / 2)

  const stored = await db.execute<{ paper_id: string; user_id: string }>(sql`select paper_id, user_id from votes`)
  const cast = new Set(stored.map((row) => keyOf(Number(row.paper_id), Number(row.user_id))))
  const wrong = [...expected].filter(([key, { voted, perhaps }]) => ![voted, perhaps].includes(cast.has(key)))
  expect(wrong).toEqual([])
  expect(cast.size).toBeGreaterThan((PEOPLE * PAPERS) / 3)
  expect([...cast].filter((key) => !expected.has(key))).toEqual([])

  expect(await recount(db)).toEqual([])
  const { code, stdout } = await runHere('src/programs/check-counts.ts', [], env)
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^No differences: /)])
  expect(other.program.stdout).toBe('')
})
