import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Plugin, YogaInitialContext } from 'graphql-yoga'

const STREAM = 'text/event-stream'

/**
 * What GraphQL over server-sent events asks of a server beside what Yoga does.
 *
 * @param silence milliseconds after which a stream is cut off on which nothing moves, though Yoga says something every 12
 *                seconds: its client does not read
 */
export function useEventStreams(silence: number): Plugin<YogaInitialContext, { res?: ServerResponse }> {
  return {
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      if (takesStreams(args.contextValue.request.headers.get('accept'))) return
      setResultAndStopExecution({
        errors: [
          new GraphQLError(`A subscription is answered as a stream of events. Send \`Accept: ${STREAM}\`.`, {
            extensions: { code: 'NOT_ACCEPTABLE', http: { status: 406 } },
          }),
        ],
      })
    },

    onResponse: ({ response, setResponse, fetchAPI, serverContext }) => {
      if (!response.headers.get('content-type')?.startsWith(STREAM)) return
      // At any other status an EventSource gives up, and so does graphql-sse, without a look at the error in the stream.
      if (response.status === 400)
        setResponse(new fetchAPI.Response(response.body, { status: 200, headers: response.headers }))
      // Yoga takes the limit that the server has for this off the socket when it begins to send.
      setImmediate(() => serverContext.res?.setTimeout(silence))
    },
  }
}

const takesStreams = (accept: string | null): boolean =>
  accept === null ||
  accept.split(',').some((range) => [STREAM, 'text/*', '*/*'].includes(range.replace(/;.*/, '').trim().toLowerCase()))
