import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { openDatabase } from '../../src/db/client.ts'
import { fail, helpIfRequested } from '../../src/programs/console.ts'
import { ORDINARY_SCOPES } from '../../src/values/scopes.ts'
import { createAccessToken } from '../../src/writes/access-tokens.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { exchange } from '../fuzz/exchange.ts'
import { bytesOf, type HostileInput, type Known } from '../hostile/input.ts'
import { HOSTILE_INPUTS } from '../hostile/inputs.ts'
import { knownOf } from '../hostile/known.ts'
import { newSigner, startIdentityProvider } from '../support/identity-provider.ts'
import { catalogueOf } from './catalogue.ts'
import { startPostgres } from './postgres.ts'
import { busyOf, residentSize } from './processor.ts'
import { type RunningServer, startOurs } from './servers.ts'
import { say } from './setting.ts'
import { table } from './table.ts'

// `npm run bench:hostile`: what each input of `test/hostile/` costs, of a kind that no cache has seen, and the memory of the
// server that had them all.

helpIfRequested(
  'Usage: npm run bench:hostile -- [--papers 10000] [--variants 10] [--only "part of a name"] [--shown 15]',
)
const { values } = parseArgs({
  options: {
    papers: { type: 'string', default: '10000' },
    variants: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    shown: { type: 'string', default: '15' },
  },
})
const [variants, shown] = [Number(values.variants), Number(values.shown)]

/** Milliseconds for one request: the processor time of the server and of Postgres, and until the response. */
interface Cost {
  name: string
  server: number
  postgres: number
  response: number
}

async function hostile(): Promise<void> {
  const cluster = await startPostgres(say)
  const catalogue = await catalogueOf(cluster, Number(values.papers), say)
  const admin = postgres(cluster.url('postgres'), { max: 1, onnotice: () => {} })
  // A copy, because some inputs write.
  await admin`drop database if exists hostile with (force)`
  await admin`create database hostile template ${admin(new URL(catalogue).pathname.slice(1))}`
  const url = cluster.url('hostile')
  const provider = await startIdentityProvider()
  const [signer, stranger] = [newSigner('key'), newSigner('stranger')]
  provider.publish(signer.jwk)
  const { jwksUrl, issuer, audience } = provider.settings
  const env = { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience }
  const server = await startOurs(url, { env })
  const before = residentSize(server.pid)
  const accessToken = await tokenOf(url)
  const known = await knownOf(server.url, { accessToken, provider, signer, stranger })

  const inputs = HOSTILE_INPUTS.filter(({ name }) => name.includes(values.only))
  const costs: Cost[] = []
  let most = before
  for (const [place, input] of inputs.entries()) {
    costs.push(await costOf(input, known, server, cluster.pid))
    most = Math.max(most, residentSize(server.pid))
    if (place % 50 === 49) say(`${place + 1} of ${inputs.length} inputs; ${most.toFixed(0)} MB at most`)
  }

  const slowest = costs.sort((a, b) => b.server - a.server)
  const rows = slowest
    .slice(0, shown)
    .map(({ name, ...times }) => [name, ...Object.values(times).map((time) => time.toFixed(1))])
  console.log(`${inputs.length} inputs, ${variants} variants of each; milliseconds for one request, processor times but the last

${table(['the slowest', 'server', 'Postgres', 'response'], rows)}

server before: ${before.toFixed(0)} MB; at most: ${most.toFixed(0)} MB`)
  await server.stop()
  await provider.close()
  await admin`drop database hostile with (force)`
  await admin.end()
  await cluster.stop()
}

async function tokenOf(url: string): Promise<string> {
  const { db, close } = openDatabase(url, { connections: 1, statementTimeout: 0 })
  const { user } = await userOfHandle(db, 'mallory')
  const { token } = await createAccessToken(db, user.id, ORDINARY_SCOPES, 1)
  await close()
  return token
}

let variant = 0

async function costOf(input: HostileInput, known: Known, server: RunningServer, postgresPid: number): Promise<Cost> {
  const began = { server: busyOf(server.pid), postgres: busyOf(postgresPid) }
  let response = 0
  for (let time = 0; time < variants; time += 1) {
    variant += 1
    const request = input.request(variant, known)
    const bytes = bytesOf(request)
    const begun = performance.now()
    const received = await exchange(server.url, bytes, { method: request.method ?? 'GET', isComplete: true })
    response += performance.now() - begun
    if (received?.status !== input.status) say(`${input.name}: ${received?.status} and not ${input.status}`)
  }
  return {
    name: input.name,
    server: (busyOf(server.pid) - began.server) / variants,
    postgres: (busyOf(postgresPid) - began.postgres) / variants,
    response: response / variants,
  }
}

try {
  await hostile()
} catch (error) {
  fail(error)
}
process.exit()
