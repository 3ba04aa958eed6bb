import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from '../values/error-codes.ts'

/** What the log and the metrics say about a request. */
export interface RequestTrace {
  /** In `X-Request-Id` of the response, in errors of the server, and in log lines. */
  readonly id: string
  /** The W3C trace context of the request, if it has one. */
  readonly traceparent: string | undefined
  /** The family of addresses, such as `feed`; `none` for an address without a page. */
  route: string
  /** The name of the GraphQL operation, as the client chose it; null if it has none. */
  operation: string | null
  /** Whether the response was in the cache; `stale` if it was sent because no new one could be made, `none` if it is never cached. */
  cache: 'hit' | 'miss' | 'stale' | 'none'
  /** The code of the last error in the response; null for none. */
  code: ErrorCode | null
}

/** What proxies use as ids. Others are replaced, because a log line must not contain what a client likes. */
const REQUEST_ID = /^[\w.:=+/@-]{8,100}$/

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/

/** The trace of a request that has just arrived; with the id that a proxy gave it, if there is one. */
export function traceOf({ headers }: IncomingMessage): RequestTrace {
  const { 'x-request-id': given, traceparent } = headers
  return {
    id: typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID(),
    traceparent: typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined,
    route: 'none',
    operation: null,
    cache: 'none',
    code: null,
  }
}

/** A path as log lines have it: without the token of a private feed. */
export const loggedPath = (path: string): string => path.replace(/^(\/+feeds\/+saved\/+)[^/.]+/, '$1…')

/** The part of a trace that every log line about the request has. */
export const logged = ({ id, traceparent }: RequestTrace): { requestId: string; traceparent?: string } => ({
  requestId: id,
  ...(traceparent !== undefined && { traceparent }),
})

/** The response is in the cache, which knows what it answers. */
export function noteCached(trace: RequestTrace, { route, operation }: Pick<RequestTrace, 'route' | 'operation'>): void {
  trace.route = route
  trace.operation = operation
  trace.cache = 'hit'
}
