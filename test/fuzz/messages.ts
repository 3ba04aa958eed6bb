import { TOOLS } from '../../src/mcp/tools.ts'
import type { Known } from './addresses.ts'
import { damage } from './damage.ts'
import { oddHeader } from './headers.ts'
import { variablesFor } from './operations.ts'
import type { Random } from './random.ts'
import { type FuzzRequest, write } from './requests.ts'
import { oddText } from './texts.ts'

const METHODS = [
  'tools/list',
  'initialize',
  'server/discover',
  'ping',
  'notifications/initialized',
  'subscriptions/listen',
]
const REVISIONS = ['2026-07-28', '2026-07-28', '2025-11-25', '2025-06-18', '2024-11-05', 'x']

/** What the revision of 2026 adds to the parameters of a message. */
const envelope = (revision: string) => ({
  'io.modelcontextprotocol/protocolVersion': revision,
  'io.modelcontextprotocol/clientInfo': { name: 'fuzz', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
})

/** A message to `/mcp`: mostly a call of a tool with odd arguments, in any revision of the protocol. */
export function oddMessage(known: Known, host: string, random: Random): FuzzRequest {
  const { name, query } = random.pick(TOOLS)
  const isCall = random.chance(0.85)
  const method = isCall ? 'tools/call' : random.chance(0.8) ? random.pick(METHODS) : oddText(random)
  const given = random.chance(0.05) ? { [oddText(random)]: oddText(random) } : variablesFor(query, known, random)
  const revision = random.pick(REVISIONS)
  const params = {
    ...(isCall && { name: random.chance(0.95) ? name : oddText(random), arguments: given }),
    ...(random.chance(0.5) && { _meta: envelope(revision) }),
  }
  const id = random.pick([1, 1, 1, 'a', null, undefined, 1.5, oddText(random)])
  let body: Buffer = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
  if (random.chance(0.1)) body = damage(body, random)
  // A header cannot have every text.
  const named = /^[\w/]{1,100}$/.test(method) ? method : 'tools/call'
  return write(
    {
      method: random.chance(0.95) ? 'POST' : random.pick(['GET', 'DELETE', 'PUT']),
      target: '/mcp',
      headers: [
        ['Content-Type', 'application/json'],
        ['Accept', 'application/json, text/event-stream'],
        ...(random.chance(0.6)
          ? ([
              ['MCP-Protocol-Version', revision],
              ['Mcp-Method', named],
              ['Mcp-Name', name],
            ] as const)
          : []),
        ...(random.chance(0.5) ? ([['Authorization', `Bearer ${known.accessToken}`]] as const) : []),
        ...random.times(random.below(2), () => oddHeader(known, random)),
      ],
      body,
    },
    host,
  )
}
