import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { EXPOSED } from '../extensible-response.ts'
import { LONGEST_SILENCE, type ServerParts } from '../parts.ts'
import type { RequestTrace } from '../request-trace.ts'
import { COMPLETE, type Result, resultEvent, STREAM_HEADERS } from './result-content.ts'
import { EVENT_STREAM } from './result-type.ts'

/** A comment, which clients ignore. */
const PING = ':\n\n'

/** Pings for each silence after which a connection is closed, so that a stream without events stays open. */
const PINGS_PER_SILENCE = 5

/**
 * Sends the results of a subscription as server-sent events, in the distinct connections mode of graphql-sse. While the
 * server stops, the stream ends without `complete`, so that clients subscribe again: at another server, or at the next one.
 *
 * @param whenRefused calls its callback with the last result when the client may no longer read the stream, and returns a
 *   function that prevents that
 */
export async function sendEventStream(
  response: ServerResponse,
  results: AsyncIterable<Result>,
  trace: RequestTrace,
  { silence = LONGEST_SILENCE, stopping }: Pick<ServerParts, 'silence' | 'stopping'>,
  whenRefused: (callback: (last: Result) => void) => () => void = () => () => {},
): Promise<void> {
  const iterator = results[Symbol.asyncIterator]()
  const gone = new AbortController()
  const ping = setInterval(() => response.writableNeedDrain || response.write(PING), silence / PINGS_PER_SILENCE)
  const stopWatching = whenRefused((last) => {
    leave()
    if (response.headersSent) response.end(resultEvent(last, trace) + COMPLETE)
  })
  const leave = () => {
    clearInterval(ping)
    stopWatching()
    gone.abort()
    // Ends a `next` that waits for an event.
    void iterator.return?.()
  }
  // The client may be gone before the subscription begins.
  if (response.destroyed) return leave()
  response.once('close', leave)

  response.writeHead(200, {
    'content-type': EVENT_STREAM,
    'access-control-allow-origin': '*',
    'access-control-expose-headers': EXPOSED,
    vary: 'Accept, Authorization',
    ...STREAM_HEADERS,
  })
  if (response.req.method === 'HEAD') return void response.end()
  // Some browsers do not report the stream as open before something arrives.
  response.write(PING)
  try {
    for (;;) {
      const { value, done } = await iterator.next()
      if (gone.signal.aborted) return
      if (done) break
      if (!response.write(resultEvent(value, trace))) await once(response, 'drain', { signal: gone.signal })
    }
  } catch (error) {
    if (gone.signal.aborted) return
    throw error
  }
  response.end(stopping?.aborted ? undefined : COMPLETE)
}
