import { processRegularResult } from 'graphql-yoga'
import type { ResponseContent } from '../cache/response.ts'
import type { ResultType } from './result-type.ts'

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

/** The response to an operation, with Yoga's status codes. Only a result without errors may be cached. */
export function resultContent(result: Result, type: ResultType): ResponseContent {
  const { body, status, headers: given } = processRegularResult(result, FETCH_API, type) as unknown as PlainResponse
  const { 'Content-Type': contentType = type, ...others } = given
  const headers: Record<string, string> = { vary: 'Accept, Accept-Encoding, Authorization' }
  for (const [name, value] of Object.entries(others)) headers[name.toLowerCase()] = value
  const isComplete = status === 200 && 'data' in result && !('errors' in result && result.errors)
  return { contentType, body, status, headers, ...(!isComplete && { seconds: 0 }) }
}
