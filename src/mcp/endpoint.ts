import type { IncomingMessage, ServerResponse } from 'node:http'
import { mediaTypeNegotiator } from '../http/accept.ts'
import type { ResponseContent } from '../http/cache/response.ts'
import type { ResponseCache } from '../http/cache/response-cache.ts'
import { EXPOSED } from '../http/extensible-response.ts'
import { describeError } from '../http/graphql/errors.ts'
import type { GraphqlHandler, Observers } from '../http/graphql/handler.ts'
import { BadRequest, UnsupportedMediaType } from '../http/graphql/refusals.ts'
import { readBody } from '../http/graphql/request-body.ts'
import { isObject, parseJson, refuseTooLarge } from '../http/graphql/request-params.ts'
import { guarded, type ServerParts } from '../http/parts.ts'
import { sendPreflight } from '../http/preflight.ts'
import type { RequestTrace } from '../http/request-trace.ts'
import type { ErrorCode } from '../values/error-codes.ts'
import { messageOf } from '../values/errors.ts'
import { foreignOrigin } from './request-origin.ts'

/** Handles requests to `/mcp`. */
export interface McpEndpoint {
  /** @throws CodedError for a request that is refused before the protocol sees it */
  handle(request: IncomingMessage, response: ServerResponse, observers: Observers): Promise<void>
  /** The response to a request whose handling threw an error. */
  refuse(error: unknown, trace: RequestTrace): ResponseContent
}

/** Codes of JSON-RPC. */
const JSON_RPC = { parse: -32_700, request: -32_600, server: -32_000 }

/** The headers by which the protocol says what a message is; others are not its business. */
const PROTOCOL_HEADERS = ['accept', 'content-type', 'mcp-protocol-version', 'mcp-method', 'mcp-name']

// The SDK looks for these names in `Accept`, where HTTP also lets a client accept anything, or say nothing.
const BOTH = 'application/json, text/event-stream'
const acceptsJson = mediaTypeNegotiator(['application/json'])
const acceptsStream = mediaTypeNegotiator(['text/event-stream'])

const NO_STREAM =
  'This address speaks MCP (Streamable HTTP): agents POST messages to it. There are no sessions and no streams to open by GET.'

/**
 * Tools for agents, by the Model Context Protocol. Each request is complete in itself, and its response is one body: no session
 * and no stream stays behind.
 */
export function createMcpEndpoint(
  parts: ServerParts,
  graphql: Pick<GraphqlHandler, 'execute'>,
  cache: Pick<ResponseCache, 'sendUncached'>,
): McpEndpoint {
  /** Loaded by the first message: many servers never get one. */
  let serving: Promise<typeof import('./serve.ts')> | undefined

  async function handle(request: IncomingMessage, response: ServerResponse, observers: Observers): Promise<void> {
    const { meter, trace } = observers
    trace.route = 'mcp'
    if (request.method === 'OPTIONS') return sendPreflight(request, response, 'POST')
    const foreign = foreignOrigin(request, parts)
    if (foreign !== null || request.method !== 'POST') {
      await meter.charge(1)
      const content =
        foreign !== null
          ? refusal(403, JSON_RPC.server, foreign)
          : refusal(405, JSON_RPC.server, NO_STREAM, { headers: { allow: 'POST' } })
      return cache.sendUncached(request, response, content)
    }
    const { authorization } = request.headers
    const viewer = authorization === undefined ? null : await guarded(parts, () => parts.authenticate(authorization))
    if (viewer !== null) meter.identify(viewer)
    const message = await readMessage(request)
    // A call of a tool costs what its operation does.
    if (message.method !== 'tools/call') await meter.charge(1)
    serving ??= import('./serve.ts')
    const { serveMessage } = await serving
    const answer = await serveMessage(message, headersOf(request), { ...observers, viewer, request, graphql, parts })
    const body = await answer.text()
    // Such as one for a client that accepts no response.
    if (!meter.isCharged) await meter.charge(1)
    cache.sendUncached(request, response, {
      contentType: answer.headers.get('content-type') ?? 'application/json',
      body,
      status: answer.status,
      headers: { vary: 'Authorization, Origin' },
      seconds: 0,
    })
  }

  return {
    handle,
    refuse: (error, trace) => {
      const { message, extensions } = describeError(error, parts.log, trace)
      trace.code = extensions.code ?? null
      const isParsed = !(error instanceof NotJson)
      const rpcCode = error instanceof BadRequest ? (isParsed ? JSON_RPC.request : JSON_RPC.parse) : JSON_RPC.server
      const { status = 500, headers } = (extensions.http ?? {}) as { status?: number; headers?: Record<string, string> }
      return refusal(status, rpcCode, message, { headers, code: extensions.code })
    },
  }
}

/** @throws UnsupportedMediaType, PayloadTooLarge, or BadRequest for what is not one message */
async function readMessage(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new UnsupportedMediaType('Messages are JSON, with `Content-Type: application/json`.', {
      accept: 'application/json',
    })
  const message = parsed(await readBody(request))
  if (Array.isArray(message)) throw new BadRequest('Batching is not supported. Send one message per request.')
  if (!isObject(message)) throw new BadRequest(`${BODY} must be a message of JSON-RPC: a JSON object.`)
  refuseTooLarge({ message })
  return message
}

const BODY = 'The request body'

class NotJson extends BadRequest {}

/** @throws NotJson */
function parsed(body: string): unknown {
  try {
    return parseJson(body, BODY)
  } catch (error) {
    throw new NotJson(messageOf(error))
  }
}

function headersOf({ headers: given }: IncomingMessage): Headers {
  const headers = new Headers()
  for (const name of PROTOCOL_HEADERS) {
    const value = given[name]
    if (value !== undefined) headers.set(name, String(value))
  }
  if (acceptsJson(given.accept) !== null && acceptsStream(given.accept) !== null) headers.set('accept', BOTH)
  return headers
}

/** An error of the whole request: in JSON-RPC, with our code beside that of JSON-RPC. */
const refusal = (
  status: number,
  rpcCode: number,
  message: string,
  { headers, code }: { headers?: Record<string, string> | undefined; code?: ErrorCode | undefined } = {},
): ResponseContent => ({
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: null,
    error: { code: rpcCode, message, ...(code && { data: { code } }) },
  }),
  status,
  headers: { ...headers, 'access-control-expose-headers': `${EXPOSED}, WWW-Authenticate` },
  seconds: 0,
})
