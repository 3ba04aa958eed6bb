import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Plugin, YogaInitialContext } from 'graphql-yoga'
import { mediaTypeNegotiator } from '../accept.ts'

const STREAM = 'text/event-stream'
const negotiate = mediaTypeNegotiator([STREAM])

/**
 * What GraphQL over server-sent events requires beyond what Yoga does.
 *
 * @param silence milliseconds without progress after which a stream is closed: Yoga sends something every 12 seconds, so its
 *                client does not read
 */
export function useEventStreams(silence: number): Plugin<YogaInitialContext, { res?: ServerResponse }> {
  return {
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      if (negotiate(args.contextValue.request.headers.get('accept') ?? undefined) !== null) return
      setResultAndStopExecution({
        errors: [
          new GraphQLError(`The response to a subscription is an event stream. Send \`Accept: ${STREAM}\`.`, {
            extensions: { code: 'NOT_ACCEPTABLE', http: { status: 406 } },
          }),
        ],
      })
    },

    onResponse: ({ response, setResponse, fetchAPI, serverContext }) => {
      if (!response.headers.get('content-type')?.startsWith(STREAM)) return
      // At any other status EventSource and graphql-sse give up without reading the error in the stream.
      if (response.status === 400)
        setResponse(new fetchAPI.Response(response.body, { status: 200, headers: response.headers }))
      // Yoga removes the socket's timeout when it begins to send.
      setImmediate(() => serverContext.res?.setTimeout(silence))
    },
  }
}
