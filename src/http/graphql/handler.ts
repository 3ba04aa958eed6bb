import type { IncomingMessage, ServerResponse } from 'node:http'
import { getOperationAST, type OperationTypeNode } from 'graphql'
import type { Viewer } from '../../../schema/context.ts'
import type { ConcurrencyLimit } from '../cache/concurrency-limit.ts'
import { isRead, type ResponseContent } from '../cache/response.ts'
import type { ResponseCache } from '../cache/response-cache.ts'
import type { ServerParts } from '../parts.ts'
import { describeError } from './errors.ts'
import { Graphiql } from './graphiql.ts'
import { OWN_DOCUMENTS } from './own-documents.ts'
import { PersistedDocuments, resolveDocument } from './persisted-documents.ts'
import { checkContentLength, readBody } from './request-body.ts'
import { operationKey, type Params, paramsOfBody, paramsOfUrl, replaceParams } from './request-params.ts'
import { type Result, resultContent } from './result-content.ts'
import { negotiateResultType, type ResultType } from './result-type.ts'
import { createGraphqlServer } from './yoga.ts'

/** In seconds: how long a result may be cached that changes as time passes. */
const CLOCK_SECONDS = 1

/** Handles requests to `/graphql`. */
export interface GraphqlHandler {
  /** Sends the cached response to a GET or HEAD; false if there is none. */
  sendCached(request: IncomingMessage, response: ServerResponse): boolean
  /** @throws CodedError for a request that is refused before GraphQL sees it */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** The response to a request whose handling threw an error. */
  refuse(error: unknown): ResponseContent
}

/** How many operations run at the same time: those that read whole lists have a limit of their own. */
export interface OperationLimits {
  short: ConcurrencyLimit
  lists: ConcurrencyLimit
}

const isAnonymous = ({ headers }: IncomingMessage): boolean => headers.authorization === undefined

const isPostedJson = ({ method, headers }: IncomingMessage): boolean =>
  method === 'POST' && /^application\/json *(;|$)/i.test(headers['content-type'] ?? '')

/** Cache keys, of a request as the client wrote it or of an operation; each media type has its own response. */
const keyFor = (type: ResultType, text: string): string =>
  type === 'application/json' ? `graphql ${text}` : `graphql-response ${text}`

const textOfPost = (body: string): string => `POST ${body}`

/**
 * Runs the most frequent requests, operations as JSON by GET and POST, through Yoga's pipeline but without the web objects
 * that Yoga creates for each. Results for anonymous clients are cached. Browsers get GraphiQL. Yoga itself handles the
 * rest: event streams, preflights, other request bodies, malformed requests.
 */
export function createGraphqlHandler(
  parts: ServerParts,
  cache: ResponseCache,
  limits: OperationLimits,
): GraphqlHandler {
  const { yoga, documents } = createGraphqlServer(parts)
  const persisted = new PersistedDocuments(OWN_DOCUMENTS)
  const graphiql = new Graphiql()

  function sendCached(request: IncomingMessage, response: ServerResponse, text: string): boolean {
    if (!isAnonymous(request)) return false
    const type = negotiateResultType(request.headers.accept)
    return type !== null && type !== 'text/html' && cache.sendCached(request, response, keyFor(type, text))
  }

  async function run(
    params: Params,
    request: IncomingMessage,
    viewer: Viewer | null,
    type: ResultType,
  ): Promise<ResponseContent> {
    let result: Result
    try {
      const plain = { method: request.method === 'HEAD' ? 'GET' : request.method, headers: new PlainHeaders(request) }
      const yogaRequest = plain as unknown as Request
      result = (await yoga.getResultForParams({ params, request: yogaRequest }, { viewer })) as Result
    } catch (error) {
      result = { errors: [describeError(error, parts.log)] }
    }
    return resultContent(result, type)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization } = request.headers
    const viewer = authorization === undefined ? null : await parts.authenticate(authorization)
    const body = await postedJson(request)
    if (body !== null && sendCached(request, response, textOfPost(body))) return

    const accepted = negotiateResultType(request.headers.accept)
    if (accepted === 'text/html' && isRead(request)) return graphiql.send(request, response)
    const type = accepted === 'text/html' ? null : accepted
    const given = body !== null ? paramsOfBody(body) : isRead(request) ? paramsOfUrl(request.url ?? '') : null
    const handleByYoga = ({ isSubscription = false } = {}) => {
      if (body !== null && !('body' in request)) Object.assign(request, { body })
      // Yoga ignores quality values.
      if (type !== null && !isSubscription) request.headers.accept = type
      return yoga(request, response, { viewer })
    }
    if (given === null) return handleByYoga()

    const resolved = resolveDocument(given, persisted)
    if ('refusal' in resolved) {
      const content = resultContent({ errors: [resolved.refusal] }, type ?? 'application/json')
      return cache.sendUncached(request, response, content)
    }
    const { params, register } = resolved
    const document = typeof params.query === 'string' ? documents.read(params.query) : null
    if (register && document) persisted.register(register.id, register.text)
    const kind = document && kindOf(document, params.operationName)
    const traits = document && documents.traits(document)
    const limit = traits?.readsLists ? limits.lists : limits.short
    if (type === null || params.query === undefined || kind === 'subscription') {
      if (params !== given) replaceParams(request, params)
      // A query as an event stream is limited like others; a subscription would occupy its slot for hours.
      const isSubscription = kind === 'subscription'
      return kind === 'query' ? limit.run(async () => handleByYoga()) : handleByYoga({ isSubscription })
    }

    const key = document && kind === 'query' && isAnonymous(request) ? operationKey(params) : null
    if (document === null || key === null) {
      const runUncached = async () =>
        cache.sendUncached(request, response, { ...(await run(params, request, viewer, type)), seconds: 0 })
      // Mutations skip the queue: votes are batched, and a queued vote would miss its batch.
      return kind === 'mutation' ? runUncached() : limit.run(runUncached)
    }
    const requestKey = keyFor(type, body === null ? (request.url ?? '') : textOfPost(body))
    await cache.respond({ request, response, key: keyFor(type, key), requestKey, limit }, async () => {
      const content = await run(params, request, null, type)
      return content.seconds !== 0 && traits?.dependsOnClock ? { ...content, seconds: CLOCK_SECONDS } : content
    })
  }

  return {
    sendCached: (request, response) => isRead(request) && sendCached(request, response, request.url ?? ''),
    handle,
    refuse: (error) => {
      const content = resultContent({ errors: [describeError(error, parts.log)] }, 'application/json')
      const exposed = { 'access-control-expose-headers': 'Retry-After, WWW-Authenticate' }
      return { ...content, headers: { ...content.headers, ...exposed }, seconds: 0 }
    },
  }
}

/**
 * The body of a JSON POST; null for other requests, whose bodies Yoga reads, but no more of them than allowed.
 *
 * @throws PayloadTooLarge
 */
async function postedJson(request: IncomingMessage): Promise<string | null> {
  if (isPostedJson(request)) return readBody(request)
  // A chunked body does not say its length, so it is read here.
  if (request.headers['transfer-encoding'] !== undefined) Object.assign(request, { body: await readBody(request) })
  else checkContentLength(request)
  return null
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
