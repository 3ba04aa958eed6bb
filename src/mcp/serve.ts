import { createMcpHandler, Server, type Tool } from '@modelcontextprotocol/server'
import { VERSION } from '../fetching/user-agent.ts'
import { callTool, DESCRIBED_TOOLS, type ToolCaller } from './call-tool.ts'
import { instructionsFor } from './instructions.ts'

// The only file that imports the SDK. It takes 15 MB and 75 ms of processor time, so it is loaded by the first message.

/** In milliseconds: how long a client may keep the list of tools. It changes when the server is updated. */
const TOOLS_TTL = 3_600_000

/** Those for which no scope is needed, and those that the token of the client allows. */
const toolsFor = ({ viewer }: ToolCaller): Tool[] =>
  [...DESCRIBED_TOOLS.values()]
    .filter(({ scope }) => scope === undefined || viewer?.scopes.has(scope))
    .map(({ name, title, description, input, output, isMutation }) => ({
      name,
      title,
      description,
      inputSchema: input as Tool['inputSchema'],
      outputSchema: output as unknown as Tool['outputSchema'],
      annotations: { readOnlyHint: !isMutation, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    }))

/** The server that one request talks to: nothing is kept between requests. */
function serverFor(caller: ToolCaller): Server {
  const { parts, viewer } = caller
  const hint = { ttlMs: TOOLS_TTL, cacheScope: viewer === null ? 'public' : 'private' } as const
  const server = new Server(
    { name: 'daily-papers', title: 'Daily Papers', version: VERSION, websiteUrl: parts.publicUrl },
    {
      capabilities: { tools: {} },
      instructions: instructionsFor(caller),
      cacheHints: { 'tools/list': hint, 'server/discover': hint },
    },
  )
  server.setRequestHandler('tools/list', () => ({ tools: toolsFor(caller) }))
  server.setRequestHandler('tools/call', ({ params }) => callTool(params.name, params.arguments ?? {}, caller))
  return server
}

/** Answers one message, in the revision of the protocol that its client speaks. */
export function serveMessage(message: unknown, headers: Headers, caller: ToolCaller): Promise<Response> {
  const { fetch } = createMcpHandler(() => serverFor(caller), {
    // A stream of changes would stay open, and the tools do not change while the server runs.
    maxSubscriptions: 0,
    // The response is sent as a whole.
    keepAliveMs: 0,
    onerror: (error) => caller.parts.log.debug({ err: error, requestId: caller.trace.id }, 'mcp'),
  })
  const request = new Request(`${caller.parts.publicUrl}/mcp`, { method: 'POST', headers })
  return fetch(request, { parsedBody: message })
}
