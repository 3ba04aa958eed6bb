import { createYoga } from 'graphql-yoga'
import type { Context, Viewer } from '../../../schema/context.ts'
import { schema } from '../../../schema/index.ts'
import { createCurrentPapers, createLoaders } from '../../loaders/index.ts'
import { LONGEST_SILENCE, type ServerParts } from '../parts.ts'
import { useCompiledQueries } from './compiled-queries.ts'
import { describeError } from './errors.ts'
import { useEventStreams } from './event-streams.ts'
import { useInputChecks } from './input-checks.ts'
import { ParsedDocuments } from './parsed-documents.ts'

/** What our handler passes to Yoga beside the request. */
export interface HandlerContext {
  viewer: Viewer | null
}

/** The GraphQL server as a request handler, and its cache of parsed documents. */
export function createGraphqlServer(parts: ServerParts) {
  const { db, counting, log, clock, votes, live, related, trending, silence = LONGEST_SILENCE } = parts
  live.onChange((change) => {
    if (change !== 'votes') related.clear()
  })
  const currentPapers = createCurrentPapers(db)
  const documents = new ParsedDocuments(schema)
  const yoga = createYoga<HandlerContext, Context>({
    schema,
    context: ({ viewer }) => ({
      db,
      counting,
      loaders: createLoaders(db, viewer?.user.id ?? null, related),
      currentPapers,
      viewer,
      clock,
      votes,
      live,
      trending,
      // Read for each request: with a free port it is not known before the server listens.
      publicUrl: parts.publicUrl,
    }),
    // Our handler limits the body; Yoga's limit copies each request.
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    landingPage: false,
    // Our handler sends it: see `graphiql.ts`.
    graphiql: false,
    // There are no cookies, so any site may send requests, with any headers: Yoga allows those that a preflight names.
    cors: {
      origin: '*',
      credentials: false,
      methods: ['GET', 'POST', 'OPTIONS'],
      maxAge: 86_400,
    },
    maskedErrors: { maskError: (error) => describeError(error, log) },
    logging: {
      debug: (...args) => log.debug(args.join(' ')),
      info: (...args) => log.info(args.join(' ')),
      warn: (...args) => log.warn(args.join(' ')),
      // `describeError` has already logged failures.
      error: (...args) => log.debug({ err: args[0] }, 'graphql'),
    },
    parserAndValidationCache: { documentCache: documents },
    plugins: [useInputChecks(schema), useCompiledQueries(schema), useEventStreams(silence)],
  })
  return { yoga, documents }
}
