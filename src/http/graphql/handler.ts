import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { type GraphQLParams, isAsyncIterable } from 'graphql-yoga'
import type { Viewer } from '../../../schema/context.ts'
import { Unavailable } from '../../values/errors.ts'
import { hasCredential } from '../auth/credential.ts'
import type { ConcurrencyLimit } from '../cache/concurrency-limit.ts'
import { isRead, type ResponseContent } from '../cache/response.ts'
import type { ResponseCache } from '../cache/response-cache.ts'
import { EXPOSED } from '../extensible-response.ts'
import { guarded, type ServerParts } from '../parts.ts'
import { sendPreflight } from '../preflight.ts'
import type { Meter } from '../rate-limits/rate-limits.ts'
import type { RequestTrace } from '../request-trace.ts'
import { dryRunOf } from './dry-run.ts'
import { describeError } from './errors.ts'
import { sendEventStream } from './event-streams.ts'
import { Graphiql } from './graphiql.ts'
import { costOf, type RequestedOperation, requestedOperation, spendingOf } from './operation.ts'
import { OWN_DOCUMENTS } from './own-documents.ts'
import { PersistedDocuments, resolveDocument } from './persisted-documents.ts'
import { BadRequest, methodNotAllowed, NotAcceptable } from './refusals.ts'
import { readBody } from './request-body.ts'
import { type GraphqlParams, isObject, operationKey, paramsOfUrl, paramsReader } from './request-params.ts'
import { type Result, resultContent } from './result-content.ts'
import {
  acceptsEventStream,
  EVENT_STREAM,
  negotiateResultOrPage,
  negotiateResultType,
  type ResultType,
} from './result-type.ts'
import { StreamAccess } from './stream-access.ts'
import { createYogaHandler, type HandlerContext } from './yoga.ts'

/** In seconds: how long a result may be cached that changes as time passes. */
const CLOCK_SECONDS = 1

/** In characters: of the name of an operation, more is not logged. */
const LONGEST_NAME = 100

/** What counts a request. */
export interface Observers {
  meter: Meter
  trace: RequestTrace
}

/** Handles requests to `/graphql`. */
export interface GraphqlHandler {
  /** Sends the cached response to a GET or HEAD; null, at once, if there is none. */
  sendCached(request: IncomingMessage, response: ServerResponse, observers: Observers): Promise<void> | null
  /** @throws CodedError for a request that is refused before GraphQL sees it */
  handle(request: IncomingMessage, response: ServerResponse, observers: Observers): Promise<void>
  /**
   * Runs an operation for a client that does not speak GraphQL over HTTP, with the checks, limits and errors of one that does.
   *
   * @throws CodedError or GraphQLError for an operation that is refused before it runs
   */
  execute(params: GraphqlParams, request: IncomingMessage, caller: Caller): Promise<ExecutionResult>
  /** The response to a request whose handling threw an error, in the media type that the client wants. */
  refuse(error: unknown, request: IncomingMessage, trace: RequestTrace): ResponseContent
}

/** Who runs an operation; the user is null for an anonymous client. */
export interface Caller extends Observers {
  viewer: Viewer | null
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
 *
 * @param named documents that clients can name by their hash, beside `OWN_DOCUMENTS`
 */
export function createGraphqlHandler(
  parts: ServerParts,
  cache: ResponseCache,
  limits: OperationLimits,
  named: readonly string[],
): GraphqlHandler {
  const { yoga, documents } = createYogaHandler(parts)
  const persisted = new PersistedDocuments([...OWN_DOCUMENTS, ...named])
  const graphiql = new Graphiql(parts)
  const access = new StreamAccess(parts)

  function sendCached(
    request: IncomingMessage,
    response: ServerResponse,
    text: string,
    observers: Observers,
  ): Promise<void> | null {
    if (!isAnonymous(request)) return null
    const type = typeFor(request)
    return isCached(type) ? cache.sendCached(request, response, keyFor(type, text), observers) : null
  }

  async function run(params: GraphqlParams, request: IncomingMessage, context: HandlerContext): Promise<Result> {
    try {
      const plain = { method: request.method === 'HEAD' ? 'GET' : request.method, headers: new PlainHeaders(request) }
      // Yoga checks the types of the parameters.
      const given = { params: params as GraphQLParams, request: plain as unknown as Request }
      return (await guarded(parts, async () => yoga.getResultForParams(given, context))) as Result
    } catch (error) {
      return { errors: [describeError(error, parts.log, context.trace)] }
    }
  }

  const limitOf = (readsLists: boolean) => (readsLists ? limits.lists : limits.short)

  async function execute(params: GraphqlParams, request: IncomingMessage, caller: Caller): Promise<ExecutionResult> {
    const { viewer, meter, trace } = caller
    const requested = requestedOperation(params, documents)
    const { points, readsLists } = costOf(requested)
    trace.operation = operationName(requested)
    await meter.charge(points)
    const runNow = () => run(params, request, { viewer, spending: spendingOf(meter, points), trace })
    // Votes are batched: a queued vote would miss its batch.
    return (await (requested.kind === 'mutation' ? runNow() : limitOf(readsLists).run(runNow))) as ExecutionResult
  }

  async function handle(request: IncomingMessage, response: ServerResponse, observers: Observers): Promise<void> {
    const { meter, trace } = observers
    trace.route = 'graphql'
    if (request.method === 'OPTIONS') return sendPreflight(request, response, 'GET, POST')
    if (request.method !== 'POST' && !isRead(request)) throw methodNotAllowed()
    const { accept, authorization } = request.headers
    const accessVersion = access.version
    const viewer = authorization === undefined ? null : await guarded(parts, () => parts.authenticate(authorization))
    if (viewer !== null) meter.identify(viewer)
    const type = typeFor(request)
    if (type === null) throw new NotAcceptable(notAcceptable(accept))
    if (type === 'text/html') {
      await meter.charge(1)
      return graphiql.send(request, response)
    }

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
      const sent = sendCached(request, response, text, observers)
      if (sent !== null) return sent
      given = read(body)
    }

    const { params, register } = resolveDocument(given, persisted)
    if (params.query == null) throw new BadRequest(NO_QUERY)
    const requested = requestedOperation(params, documents)
    const { document, traits, name, kind, variables } = requested
    if (register && document) persisted.register(register.id, register.text)
    trace.operation = operationName(requested)
    if (kind === 'subscription' && !acceptsEventStream(accept)) throw new NotAcceptable(NO_STREAM)
    const { cost, points, readsLists } = costOf(requested)
    const spending = spendingOf(meter, points)
    const limit = limitOf(readsLists)
    const asksForCost = isObject(params.extensions) && params.extensions.cost === true
    const isForAll = kind === 'query' && isAnonymous(request) && !traits?.dependsOnClient && !asksForCost
    const key = isForAll && isCached(type) ? operationKey(params) : null
    if (key === null || !isCached(type)) {
      const isDryRun = traits?.dependsOnClient && document && dryRunOf(document, name, variables) !== null
      await meter.charge(isDryRun ? 1 : points)
      const runUncached = async () => {
        const result = await run(params, request, { viewer, spending, trace })
        if (isAsyncIterable(result)) {
          trace.route = 'graphql-stream'
          return sendEventStream(response, result, trace, parts, (end) =>
            viewer === null || authorization === undefined
              ? () => {}
              : access.watch(viewer, authorization, accessVersion, (reason) =>
                  end({ errors: [describeError(reason, parts.log, trace)] }),
                ),
          )
        }
        const shown = asksForCost ? withCost(result, { cost, points }) : result
        cache.sendUncached(request, response, { ...resultContent(shown, type, trace), seconds: 0 })
      }
      // A subscription would occupy its slot for hours, and votes are batched: a queued vote would miss its batch.
      return kind === 'mutation' || kind === 'subscription' ? runUncached() : limit.run(runUncached)
    }
    const requestKey = keyFor(type, text)
    const about = { points, route: trace.route, operation: trace.operation }
    const cacheRequest = { request, response, key: keyFor(type, key), requestKey, about, meter, limit }
    trace.cache = await cache.respond(cacheRequest, async () => {
      const result = await run(params, request, { viewer: null, spending, trace })
      // The cache then sends the last response that it has.
      if (isOfOutage(result)) throw new Unavailable('DATABASE_UNAVAILABLE')
      const content = resultContent(result, type, trace)
      return content.seconds !== 0 && traits?.dependsOnClock ? { ...content, seconds: CLOCK_SECONDS } : content
    })
  }

  return {
    sendCached: (request, response, observers) =>
      isRead(request) ? sendCached(request, response, request.url ?? '', observers) : null,
    handle,
    execute,
    refuse: (error, request, trace) => {
      const type = negotiateResultType(request.headers.accept) ?? 'application/json'
      const content = resultContent({ errors: [describeError(error, parts.log, trace)] }, type, trace)
      const exposed = { 'access-control-expose-headers': `${EXPOSED}, WWW-Authenticate` }
      return { ...content, headers: { ...content.headers, ...exposed }, seconds: 0 }
    },
  }
}

/** Whether a part of the result is missing because the database is away. */
const isOfOutage = (result: Result): boolean =>
  'errors' in result && result.errors?.some(({ extensions }) => extensions.code === 'DATABASE_UNAVAILABLE') === true

/** The name of an operation for the log and the metrics, shortened, because the client chose it; null for none. */
function operationName({ operation }: RequestedOperation): string | null {
  const name = operation?.name?.value ?? null
  return name !== null && name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name
}

/** For a client that sent `"extensions": {"cost": true}`. */
const withCost = (result: Result, cost: { cost: number; points: number }): Result => {
  const { extensions } = result as { extensions?: Record<string, unknown> }
  return { ...result, extensions: { ...extensions, cost } } as Result
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
