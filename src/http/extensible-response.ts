import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** A response with headers that do not depend on what it contains, such as those of the rate limit. */
export interface ExtensibleResponse {
  /** Names and values in turn. */
  additionalHeaders: readonly string[]
}

/**
 * The class of the server's responses. Once the server is stopping, each tells its client to use the connection no more: also
 * those that are being computed.
 */
export function extensibleResponse(stopping: AbortSignal | undefined) {
  return class<Request extends IncomingMessage = IncomingMessage>
    extends ServerResponse<Request>
    implements ExtensibleResponse
  {
    additionalHeaders: readonly string[] = []

    override writeHead(status: number, ...given: unknown[]): this {
      if (stopping?.aborted) this.setHeader('connection', 'close')
      const headers = given.at(-1)
      if (this.additionalHeaders.length === 0) return super.writeHead(status, headers as OutgoingHttpHeaders)
      const own: string[] = Array.isArray(headers) ? headers : inTurn((headers ?? {}) as OutgoingHttpHeaders)
      return super.writeHead(status, [...own, ...this.additionalHeaders])
    }
  }
}

const inTurn = (headers: OutgoingHttpHeaders): string[] =>
  Object.entries(headers).flatMap(([name, value = []]) => [value].flat().flatMap((each) => [name, String(each)]))
