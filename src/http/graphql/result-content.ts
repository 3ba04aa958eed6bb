import { processRegularResult } from 'graphql-yoga'
import type { ResponseContent } from '../cache/response.ts'
import type { RequestTrace } from '../request-trace.ts'
import { EVENT_STREAM, type ResultType } from './result-type.ts'

export type Result = Parameters<typeof processRegularResult>[0]

/** Takes the place of `Response` in Yoga's result processor, which then builds no web objects. */
class PlainResponse {
  readonly body: string
  readonly status: number
  readonly headers: Record<string, string>

  constructor(body: string, init: { status: number; headers: Record<string, string> }) {
    this.body = body
    this.status = init.status
    this.headers = init.headers
  }
}
const FETCH_API = { Response: PlainResponse } as unknown as Parameters<typeof processRegularResult>[1]

/** The headers of every event stream. */
export const STREAM_HEADERS = {
  'cache-control': 'no-cache, no-transform',
  // nginx would collect events in a buffer.
  'x-accel-buffering': 'no',
}

/** What ends a stream in the distinct connections mode of graphql-sse: the client does not subscribe again. */
export const COMPLETE = 'event: complete\ndata:\n\n'

/**
 * The response to an operation, with Yoga's status codes; its trace gets the code of the first error. Only a result without
 * errors may be cached.
 */
export function resultContent(
  result: Result,
  type: ResultType,
  trace: RequestTrace,
): ResponseContent & { body: string } {
  const [error] = ('errors' in result && result.errors) || []
  if (error) trace.code = error.extensions.code ?? null
  const isStream = type === EVENT_STREAM
  const jsonType = isStream ? 'application/json' : type
  const processed = processRegularResult(result, FETCH_API, jsonType) as unknown as PlainResponse
  const { body, status, headers: given } = processed
  const { 'Content-Type': contentType = jsonType, ...others } = given
  const headers: Record<string, string> = { vary: 'Accept, Accept-Encoding, Authorization' }
  for (const [name, value] of Object.entries(others)) headers[name.toLowerCase()] = value
  if (isStream)
    return {
      contentType: EVENT_STREAM,
      body: nextEvent(body) + COMPLETE,
      // At any other status EventSource and graphql-sse give up without reading the error in the stream.
      status: status === 400 ? 200 : status,
      headers: { ...headers, ...STREAM_HEADERS },
      seconds: 0,
    }
  const isComplete = status === 200 && 'data' in result && !('errors' in result && result.errors)
  return { contentType, body, status, headers, ...(!isComplete && { seconds: 0 }) }
}

/** A result as an event of a stream. */
export const resultEvent = (result: Result, trace: RequestTrace): string =>
  nextEvent(resultContent(result, 'application/json', trace).body)

const nextEvent = (json: string): string => `event: next\ndata: ${json}\n\n`
