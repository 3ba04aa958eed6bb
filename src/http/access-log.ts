import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics/metrics.ts'
import { logged, loggedPath, type RequestTrace } from './request-trace.ts'

/** In milliseconds: slower answers are logged at `info`. */
const SLOW = 1_000

/**
 * Counts a request that has been answered, and logs it: at `info` if it was refused or slow, otherwise at `debug`. The line
 * has the path without the query string, which can be private.
 *
 * @param request.started when it arrived, by `performance.now()`
 */
export function recordRequest(
  { log, metrics }: { log: Logger; metrics?: Metrics | undefined },
  request: { request: IncomingMessage; path: string; client: string; trace: RequestTrace; started: number },
  { statusCode: status }: ServerResponse,
): void {
  const { trace, started, path, client } = request
  const { route, operation, cache, code } = trace
  const milliseconds = performance.now() - started
  metrics?.request({ route, operation, status, cache, code, seconds: milliseconds / 1_000 })
  // Streams stay open for hours.
  const isSlow = milliseconds > SLOW && cache !== 'none'
  const level = isSlow || status >= 400 ? 'info' : 'debug'
  if (!log.isLevelEnabled(level)) return
  const { method } = request.request
  const ms = Math.round(milliseconds * 10) / 10
  log[level](
    {
      ...logged(trace),
      client,
      method,
      path: loggedPath(path),
      route,
      operation,
      cache,
      status,
      ...(code && { code }),
      ms,
    },
    'request',
  )
}
