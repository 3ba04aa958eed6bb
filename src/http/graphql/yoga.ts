import { createYoga } from 'graphql-yoga'
import type { Context, Viewer } from '../../../schema/context.ts'
import { schema } from '../../../schema/index.ts'
import { createCurrentPapers, createLoaders } from '../../loaders/index.ts'
import { LONGEST_SILENCE, type ServerParts } from '../parts.ts'
import { useCompiledQueries } from './compiled.ts'
import { describeError } from './errors.ts'
import { useEventStreams } from './event-streams.ts'
import { useInputChecks } from './input-checks.ts'
import { ParsedDocuments } from './parsed-documents.ts'

/** What the front hands over with a request. */
export interface RequestFacts {
  viewer: Viewer | null
}

/** The GraphQL server as a function from requests to answers, without a socket, and the documents that it has parsed. */
export function createGraphqlServer(parts: ServerParts) {
  const { db, counting, log, clock, votes, live, related, trending, silence = LONGEST_SILENCE } = parts
  live.onChange((change) => {
    if (change !== 'votes') related.clear()
  })
  const currentPapers = createCurrentPapers(db)
  const documents = new ParsedDocuments(schema)
  const yoga = createYoga<RequestFacts, Context>({
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
      // Not known before the server listens, where it takes a free port.
      publicUrl: parts.publicUrl,
    }),
    // The body is limited in front of Yoga, whose own limit costs a copy of each request.
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    landingPage: false,
    // In front of it: see `graphiql.ts`.
    graphiql: false,
    // No cookies are used, so any site may read, and with whatever headers its client sends: those asked about are allowed.
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
      // Every error has been through `describeError` by then, which logs those that are failures.
      error: (...args) => log.debug({ err: args[0] }, 'graphql'),
    },
    parserAndValidationCache: { documentCache: documents },
    plugins: [useInputChecks(schema), useCompiledQueries(schema), useEventStreams(silence)],
  })
  return { yoga, documents }
}
