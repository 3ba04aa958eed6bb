import { openDatabase } from '../../src/db/client.ts'
import { loadSample } from '../../src/ingest/sample.ts'
import { TOOLS } from '../../src/mcp/tools.ts'
import { fail, helpIfRequested } from '../../src/programs/console.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { withBenchDatabase } from './database.ts'
import { busyOf, residentSize } from './processor.ts'
import { type RunningServer, startOurs } from './servers.ts'
import { ratio, table } from './table.ts'

// `npm run bench:agents`: the processor time of a call of a tool, beside the same GraphQL operation by POST, and the memory
// that the first call takes. The sample catalogue, without a cache: a call is never cached. Each round asks all in turn.

helpIfRequested('Usage: npm run bench:agents   what a call of a tool costs, beside its GraphQL operation')

const ROUNDS = 7
const REQUESTS = 150
const AT_ONCE = 4

const ARGUMENTS = { first: 20, orderBy: 'NEWEST' }
const QUERY = TOOLS.find(({ name }) => name === 'list_papers')?.query

const MODERN = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

interface Kind {
  name: string
  path: string
  headers: Record<string, string>
  body: object
}

const call = (params: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'list_papers', arguments: ARGUMENTS, ...params },
})

const OPERATION: Kind = { name: 'GraphQL', path: '/graphql', headers: {}, body: { query: QUERY, variables: ARGUMENTS } }
const KINDS: readonly Kind[] = [
  OPERATION,
  { name: 'a tool, before 2026', path: '/mcp', headers: {}, body: call({}) },
  {
    name: 'a tool, 2026-07-28',
    path: '/mcp',
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'list_papers' },
    body: call({ _meta: MODERN }),
  },
  { name: 'the list of tools', path: '/mcp', headers: {}, body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } },
]

async function send({ url }: RunningServer, { path, headers, body }: Kind): Promise<void> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (response.status !== 200 || /"errors"|"isError"|"error":/.test(text)) throw new Error(`${path}: ${text}`)
}

/** Milliseconds of processor time a request. */
async function measure(server: RunningServer, kind: Kind): Promise<number> {
  const before = busyOf(server.pid)
  let left = REQUESTS
  const worker = async () => {
    while (left-- > 0) await send(server, kind)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return (busyOf(server.pid) - before) / REQUESTS
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number

async function bench(databaseUrl: string): Promise<void> {
  const { db, close } = openDatabase(databaseUrl, { connections: 1, statementTimeout: 0 })
  await loadSample(db, { now: new Date(), halfLifeHours: HALF_LIFE_HOURS })
  await close()
  const server = await startOurs(databaseUrl, { cacheMegabytes: 0 })
  await send(server, OPERATION)
  const before = residentSize(server.pid)
  await send(server, KINDS[1] as Kind)
  const after = residentSize(server.pid)

  const times = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]))
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const kind of KINDS) {
      const time = await measure(server, kind)
      // The first round warms up.
      if (round > 0) times.get(kind)?.push(time)
    }
  const base = median(times.get(OPERATION) ?? [])
  const rows = KINDS.map((kind) => {
    const time = median(times.get(kind) ?? [])
    return [kind.name, time.toFixed(2), ratio(time / base)]
  })
  console.log(table(['20 papers', 'ms of the server', 'of GraphQL'], rows))
  console.log(
    `\nThe first call of a tool takes ${(after - before).toFixed(0)} MB; before it the server has ${before.toFixed(0)} MB.`,
  )
  await server.stop()
}

try {
  await withBenchDatabase(bench)
} catch (error) {
  fail(error)
}
process.exit()
