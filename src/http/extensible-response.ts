import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** A response with headers that do not depend on what it contains. */
export interface ExtensibleResponse {
  /** For `X-Request-Id`; empty for none. */
  requestId: string
  /** The headers of the rate limit: names and values in turn. */
  rateLimit: readonly string[]
}

/** Those headers, for `Access-Control-Expose-Headers`: a page of another origin may read them. */
export const EXPOSED = 'X-Request-Id, RateLimit, RateLimit-Policy, Retry-After'

/**
 * The class of the server's responses. Once the server is stopping, each tells its client to use the connection no more: also
 * those that are being computed.
 */
export function extensibleResponse(stopping: AbortSignal | undefined) {
  return class<Request extends IncomingMessage = IncomingMessage>
    extends ServerResponse<Request>
    implements ExtensibleResponse
  {
    requestId = ''
    rateLimit: readonly string[] = []

    override writeHead(status: number, ...given: unknown[]): this {
      if (stopping?.aborted) this.setHeader('connection', 'close')
      const headers = given.at(-1)
      const own: string[] = Array.isArray(headers) ? headers : inTurn((headers ?? {}) as OutgoingHttpHeaders)
      if (this.requestId === '') return super.writeHead(status, own)
      return super.writeHead(status, [...own, 'x-request-id', this.requestId, ...this.rateLimit])
    }
  }
}

const inTurn = (headers: OutgoingHttpHeaders): string[] =>
  Object.entries(headers).flatMap(([name, value = []]) => [value].flat().flatMap((each) => [name, String(each)]))
