import { createServer, type Server } from 'node:http'
import { promisify } from 'node:util'
import { codedErrorOf, isDatabaseAway } from '../db/outage.ts'
import { createMcpEndpoint } from '../mcp/endpoint.ts'
import { TOOL_DOCUMENTS } from '../mcp/tools.ts'
import { type EditionClock, nextEditionChange } from '../values/editions.ts'
import type { CodedError } from '../values/errors.ts'
import { WriteLog } from '../writes/write-log.ts'
import { recordRequest } from './access-log.ts'
import { answerBrokenRequests, lacksHost, WITHOUT_HOST } from './broken-requests.ts'
import { ConcurrencyLimit } from './cache/concurrency-limit.ts'
import { isRead } from './cache/response.ts'
import { ResponseCache } from './cache/response-cache.ts'
import { ClientAddresses } from './client-address.ts'
import { extensibleResponse } from './extensible-response.ts'
import { createGraphqlHandler } from './graphql/handler.ts'
import { HEALTH_CHECKS } from './health.ts'
import { LONGEST_SILENCE, type ServerParts } from './parts.ts'
import { type Meter, UNLIMITED } from './rate-limits/rate-limits.ts'
import { originForm, tidyPath } from './request-target.ts'
import { logged, loggedPath, traceOf } from './request-trace.ts'
import { matchRoute, refuseByRoute, refuseUnknownPath, sendRoute } from './router.ts'

/** With eight, Postgres waits for the server; with forty, more memory is promoted to V8's old generation. */
const CONCURRENT_READS = 20

/**
 * Limits of the queues. A thousand clients that read at the same time all get a response; of many more, the last would have
 * given up before their turn. Operations that read whole lists take longer.
 */
const MAX_QUEUED = { short: 5_000, lists: 1_500 }

/**
 * Idle keep-alive connections stay open this much longer (ms) than the socket timeout. That is longer than the minute after
 * which load balancers close theirs: a connection that closes here while a request is on its way becomes a 502.
 */
const KEEP_ALIVE_EXTRA = 5_000

/** In milliseconds: how often overload is logged. */
const WARN_EVERY = 10_000

const DAY = 86_400_000

/** The HTTP server, not yet listening. */
export function createHttpServer(parts: ServerParts): Server {
  const { log, live, hub, silence = LONGEST_SILENCE } = parts
  const limits = {
    short: new ConcurrencyLimit(CONCURRENT_READS, MAX_QUEUED.short),
    lists: new ConcurrencyLimit(CONCURRENT_READS, MAX_QUEUED.lists),
  }
  const cache = new ResponseCache({
    megabytes: parts.cacheMegabytes,
    limit: limits.short,
    clock: cacheClock(parts.clock),
    isCurrent: live.isCurrent,
    staleSeconds: parts.staleIfError ?? 0,
    isOutage: isDatabaseAway,
  })
  live.onChange((change) => {
    cache.invalidate()
    if (change !== 'votes') hub?.changed()
  })
  const writes = new WriteLog(parts.db, log)
  const graphql = createGraphqlHandler(parts, cache, limits, TOOL_DOCUMENTS)
  const mcp = createMcpEndpoint(parts, graphql, cache)
  parts.metrics?.gauge(
    { name: 'queue_length', help: 'What waits for its turn in this process.', label: 'queue' },
    () =>
      new Map([
        ['short_reads', limits.short.queued],
        ['list_reads', limits.lists.queued],
        ['votes', parts.votes.queued],
      ]),
  )

  const clients = new ClientAddresses(parts.trustedProxies ?? 0, log)

  const options = { ServerResponse: extensibleResponse(parts.stopping), requireHostHeader: false }
  const server = createServer(options, async (request, response) => {
    const started = performance.now()
    const trace = traceOf(request)
    response.requestId = trace.id
    const address = originForm(request.url ?? '/')
    // Also for what reads it later.
    request.url = address
    const pathEnd = address.indexOf('?')
    const path = pathEnd < 0 ? address : address.slice(0, pathEnd)
    const isGraphql = path === '/graphql' || path === '/graphql/'
    const isMcp = path === '/mcp' || path === '/mcp/'
    const client = clients.of(request)
    const meter = parts.rateLimits?.meter(client, response) ?? UNLIMITED
    try {
      if (lacksHost(request)) return cache.sendUncached(request, response, WITHOUT_HOST)
      // The cache comes before any parsing, because most requests repeat an earlier one.
      const observers = { meter, trace }
      let sent: Promise<void> | null = null
      if (isGraphql) sent = graphql.sendCached(request, response, observers)
      else if (isRead(request)) sent = cache.sendCached(request, response, address, observers)
      if (sent !== null) return await sent
      if (isGraphql) return await graphql.handle(request, response, observers)
      if (isMcp) return await mcp.handle(request, response, observers)
      const check = HEALTH_CHECKS.get(tidyPath(path))
      if (check) {
        trace.route = 'health'
        return cache.sendUncached(request, response, await check(parts, writes))
      }
      const matched = matchRoute(request)
      if (matched === null) {
        await meter.charge(1)
        return cache.sendUncached(request, response, refuseUnknownPath(request, parts.publicUrl))
      }
      await sendRoute(request, response, matched, parts, cache, observers)
    } catch (thrown) {
      const error = await chargedFor(thrown, meter)
      const coded = codedErrorOf(error)
      trace.code = coded?.code ?? 'INTERNAL_SERVER_ERROR'
      // The client closed the connection while it was sending: no response is possible, and the server did not fail.
      if (error === request.errored) return
      if (coded !== null) warn(coded, path)
      // GraphQL logs other errors itself, also for agents.
      else if (!(isGraphql || isMcp) || response.headersSent)
        log.error({ ...logged(trace), err: error, path: loggedPath(path) }, 'a request failed')
      if (response.headersSent) response.destroy()
      else {
        const refusal = isGraphql
          ? graphql.refuse(error, request, trace)
          : isMcp
            ? mcp.refuse(error, trace)
            : refuseByRoute(error, request, parts)
        cache.sendUncached(request, response, refusal)
      }
    } finally {
      recordRequest(parts, { request, path, client, trace, started }, response)
    }
  })
  parts.metrics?.gauge(
    { name: 'http_connections', help: 'Open connections of clients, with those that are idle.' },
    () => promisify(server.getConnections.bind(server))(),
  )
  answerBrokenRequests(server, log)
  server.timeout = silence
  server.keepAliveTimeout = silence + KEEP_ALIVE_EXTRA
  // Counted from the start of a connection, which a proxy may open before it has a request.
  server.headersTimeout = server.keepAliveTimeout + 1_000

  let warnedAt = Number.NEGATIVE_INFINITY
  function warn(error: CodedError, path: string): void {
    // A line for each refused request would make it worse.
    if (error.code !== 'OVERLOADED' || performance.now() < warnedAt + WARN_EVERY) return
    warnedAt = performance.now()
    log.warn({ path: loggedPath(path) }, 'too many requests: some are refused with 503 until the queue is shorter')
  }
  return server
}

/** A request that is refused costs a point, too: the error, or that the client has no point left. */
async function chargedFor(error: unknown, meter: Meter): Promise<unknown> {
  if (meter.isCharged) return error
  return meter.charge(1).then(
    () => error,
    (limited) => limited,
  )
}

/** Responses become wrong by themselves when an edition begins or becomes FINAL, and at midnight UTC, since votes are counted by day. */
function cacheClock(clock: EditionClock): { now(): number; endOfEdition(): number } {
  // Computed once for each edition and day.
  let end = 0
  return {
    now: () => clock.now().getTime(),
    endOfEdition: () => {
      const time = clock.now().getTime()
      if (end <= time) end = Math.min(nextEditionChange(clock).getTime(), Math.floor(time / DAY + 1) * DAY)
      return end
    },
  }
}
