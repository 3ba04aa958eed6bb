import { createYoga } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Context, Viewer } from '../../schema/context.ts'
import { schema } from '../../schema/index.ts'
import type { Db } from '../db/client.ts'
import type { EditionClock } from '../editions.ts'
import type { LiveEvents } from '../live/events.ts'
import type { WebSubHub } from '../live/websub.ts'
import { createCurrentPapers, createLoaders, type RelatedPapers } from '../loaders/index.ts'
import type { VoteWriter } from '../queries/vote-writer.ts'
import type { Authenticate } from './auth.ts'
import { useCompiledQueries } from './compiled.ts'
import { describeError } from './errors.ts'
import { useEventStreams } from './event-streams.ts'
import { ParsedDocuments } from './parsed-documents.ts'
import { useInputChecks } from './plugins.ts'

/** What the server needs from outside; tests hand in their own. */
export interface ServerParts {
  db: Db
  /** A pool of its own for what reads whole lists: counts and facets must not keep pages waiting. */
  counting: Db
  log: Logger
  clock: EditionClock
  authenticate: Authenticate
  votes: VoteWriter
  live: LiveEvents
  /** What is known of related papers from one request to the next; forgotten here when the catalogue changes. */
  related: RelatedPapers
  trending: { halfLifeHours: number }
  /** Where this server is to be found from outside, without a slash at the end. */
  publicUrl: string
  /** Which sites may show the embedded lists in a frame, as a content security policy names them; all unless told. */
  frameAncestors?: string
  /** How much memory finished answers may take; 0 keeps none. */
  cacheMegabytes: number
  /** Where readers of feeds can subscribe; absent where nobody can. */
  hub?: WebSubHub
  /** Milliseconds after which a connection is closed whose request or answer does not move; tests have less. */
  silence?: number
}

/** No answer takes as long. */
export const LONGEST_SILENCE = 60_000

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
