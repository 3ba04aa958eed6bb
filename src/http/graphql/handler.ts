import type { IncomingMessage, ServerResponse } from 'node:http'
import { getOperationAST, type OperationTypeNode } from 'graphql'
import { type GraphQLParams, isAsyncIterable } from 'graphql-yoga'
import type { Viewer } from '../../../schema/context.ts'
import { hasCredential } from '../auth/credential.ts'
import type { ConcurrencyLimit } from '../cache/concurrency-limit.ts'
import { isRead, type ResponseContent } from '../cache/response.ts'
import type { ResponseCache } from '../cache/response-cache.ts'
import type { ServerParts } from '../parts.ts'
import { sendPreflight } from '../preflight.ts'
import { describeError } from './errors.ts'
import { sendEventStream } from './event-streams.ts'
import { Graphiql } from './graphiql.ts'
import { OWN_DOCUMENTS } from './own-documents.ts'
import { PersistedDocuments, resolveDocument } from './persisted-documents.ts'
import { BadRequest, methodNotAllowed, NotAcceptable } from './refusals.ts'
import { readBody } from './request-body.ts'
import { type GraphqlParams, operationKey, paramsOfUrl, paramsReader } from './request-params.ts'
import { type Result, resultContent } from './result-content.ts'
import {
  acceptsEventStream,
  EVENT_STREAM,
  negotiateResultOrPage,
  negotiateResultType,
  type ResultType,
} from './result-type.ts'
import { createYogaHandler } from './yoga.ts'

/** In seconds: how long a result may be cached that changes as time passes. */
const CLOCK_SECONDS = 1

/** Handles requests to `/graphql`. */
export interface GraphqlHandler {
  /** Sends the cached response to a GET or HEAD; false if there is none. */
  sendCached(request: IncomingMessage, response: ServerResponse): boolean
  /** @throws CodedError for a request that is refused before GraphQL sees it */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** The response to a request whose handling threw an error, in the media type that the client wants. */
  refuse(error: unknown, request: IncomingMessage): ResponseContent
}

/** How many operations run at the same time: those that read whole lists have a limit of their own. */
export interface OperationLimits {
  short: ConcurrencyLimit
  lists: ConcurrencyLimit
}

const isAnonymous = ({ headers }: IncomingMessage): boolean => !hasCredential(headers.authorization)

/** The media type in which a client wants the response; `text/html` is GraphiQL. */
const typeFor = (request: IncomingMessage) =>
  (isRead(request) ? negotiateResultOrPage : negotiateResultType)(request.headers.accept)

type CachedType = Exclude<ResultType, typeof EVENT_STREAM>
const isCached = (type: ResultType | 'text/html' | null): type is CachedType =>
  type === 'application/json' || type === 'application/graphql-response+json'

/** Cache keys, of a request as the client wrote it or of an operation; each media type has its own response. */
const keyFor = (type: CachedType, text: string): string =>
  type === 'application/json' ? `graphql ${text}` : `graphql-response ${text}`

/** With the media type, because bodies of several types are read. */
const textOfPost = (type: string | undefined, body: string): string => `POST ${type} ${body}`

const NO_QUERY = 'The request has no `query`. Send a GraphQL document as `query`, or its hash as `documentId`.'
const NO_STREAM = `The response to a subscription is an event stream. Send \`Accept: ${EVENT_STREAM}\`.`

const notAcceptable = (accept = ''): string =>
  `The Accept header "${accept.slice(0, 200)}" allows none of the media types of this server: application/graphql-response+json, application/json, and ${EVENT_STREAM} for subscriptions.`

/**
 * Reads requests and sends responses; between them, Yoga runs the operation. Yoga's own HTTP server would create several web
 * objects for each request, ignores quality values in `Accept`, and refuses without a reason. Results for anonymous clients are
 * cached. Browsers get GraphiQL.
 */
export function createGraphqlHandler(
  parts: ServerParts,
  cache: ResponseCache,
  limits: OperationLimits,
): GraphqlHandler {
  const { yoga, documents } = createYogaHandler(parts)
  const persisted = new PersistedDocuments(OWN_DOCUMENTS)
  const graphiql = new Graphiql()

  function sendCached(request: IncomingMessage, response: ServerResponse, text: string): boolean {
    if (!isAnonymous(request)) return false
    const type = typeFor(request)
    return isCached(type) && cache.sendCached(request, response, keyFor(type, text))
  }

  async function run(params: GraphqlParams, request: IncomingMessage, viewer: Viewer | null): Promise<Result> {
    try {
      const plain = { method: request.method === 'HEAD' ? 'GET' : request.method, headers: new PlainHeaders(request) }
      // Yoga checks the types of the parameters.
      const given = { params: params as GraphQLParams, request: plain as unknown as Request }
      return (await yoga.getResultForParams(given, { viewer })) as Result
    } catch (error) {
      return { errors: [describeError(error, parts.log)] }
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS') return sendPreflight(request, response, 'GET, POST')
    if (request.method !== 'POST' && !isRead(request)) throw methodNotAllowed()
    const { accept, authorization } = request.headers
    const viewer = authorization === undefined ? null : await parts.authenticate(authorization)
    const type = typeFor(request)
    if (type === null) throw new NotAcceptable(notAcceptable(accept))
    if (type === 'text/html') return graphiql.send(request, response)

    let given: GraphqlParams
    let text: string
    if (isRead(request)) {
      text = request.url ?? ''
      given = paramsOfUrl(text)
    } else {
      const { 'content-type': contentType } = request.headers
      const read = paramsReader(contentType)
      const body = await readBody(request)
      text = textOfPost(contentType, body)
      if (sendCached(request, response, text)) return
      given = read(body)
    }

    const { params, register } = resolveDocument(given, persisted)
    if (params.query == null) throw new BadRequest(NO_QUERY)
    const document = typeof params.query === 'string' ? documents.read(params.query) : null
    if (register && document) persisted.register(register.id, register.text)
    const kind = document && kindOf(document, params.operationName)
    if (kind === 'subscription' && !acceptsEventStream(accept)) throw new NotAcceptable(NO_STREAM)
    const traits = document && documents.traits(document)
    const limit = traits?.readsLists ? limits.lists : limits.short

    const key = kind === 'query' && isCached(type) && isAnonymous(request) ? operationKey(params) : null
    if (key === null || !isCached(type)) {
      const runUncached = async () => {
        const result = await run(params, request, viewer)
        if (isAsyncIterable(result)) return sendEventStream(response, result, parts)
        cache.sendUncached(request, response, { ...resultContent(result, type), seconds: 0 })
      }
      // A subscription would occupy its slot for hours, and votes are batched: a queued vote would miss its batch.
      return kind === 'mutation' || kind === 'subscription' ? runUncached() : limit.run(runUncached)
    }
    const requestKey = keyFor(type, text)
    await cache.respond({ request, response, key: keyFor(type, key), requestKey, limit }, async () => {
      const content = resultContent(await run(params, request, null), type)
      return content.seconds !== 0 && traits?.dependsOnClock ? { ...content, seconds: CLOCK_SECONDS } : content
    })
  }

  return {
    sendCached: (request, response) => isRead(request) && sendCached(request, response, request.url ?? ''),
    handle,
    refuse: (error, request) => {
      const type = negotiateResultType(request.headers.accept) ?? 'application/json'
      const content = resultContent({ errors: [describeError(error, parts.log)] }, type)
      const exposed = { 'access-control-expose-headers': 'Retry-After, WWW-Authenticate' }
      return { ...content, headers: { ...content.headers, ...exposed }, seconds: 0 }
    },
  }
}

/** Null if the document does not tell which operation is meant. */
function kindOf(document: Parameters<typeof getOperationAST>[0], name: unknown): OperationTypeNode | null {
  return getOperationAST(document, typeof name === 'string' ? name : null)?.operation ?? null
}

/** The part of `Headers` that the plugins use. */
class PlainHeaders {
  readonly #headers: IncomingMessage['headers']

  constructor({ headers }: IncomingMessage) {
    this.#headers = headers
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()]
    return value === undefined ? null : String(value)
  }
}
