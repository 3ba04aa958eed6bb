import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import { createYoga } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { Context } from '../../schema/context.ts'
import { schema } from '../../schema/index.ts'
import type { Db } from '../db/client.ts'
import type { EditionClock } from '../editions.ts'
import { createLoaders } from '../loaders/index.ts'
import { describeError } from './errors.ts'
import { EXAMPLES } from './examples.ts'
import { useInputChecks } from './plugins.ts'

/** What the server needs from outside; tests hand in their own. */
export interface ServerParts {
  db: Db
  log: Logger
  clock: EditionClock
}

/** The GraphQL server as a function from requests to answers, without a socket. */
export function createGraphqlServer({ db, log, clock }: ServerParts) {
  return createYoga<Record<string, unknown>, Context>({
    schema,
    context: () => ({ db, loaders: createLoaders(db, null), viewer: null, clock }),
    // The body is limited in front of Yoga, whose own limit costs a copy of each request.
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    landingPage: false,
    graphiql: { title: 'Daily Papers', defaultQuery: EXAMPLES },
    renderGraphiQL,
    // No cookies are used, so any site may read.
    cors: { origin: '*', credentials: false, methods: ['GET', 'POST', 'OPTIONS'], maxAge: 86_400 },
    maskedErrors: { maskError: (error) => describeError(error, log) },
    logging: {
      debug: (...args) => log.debug(args.join(' ')),
      info: (...args) => log.info(args.join(' ')),
      warn: (...args) => log.warn(args.join(' ')),
      // Every error has been through `describeError` by then, which logs those that are failures.
      error: (...args) => log.debug({ err: args[0] }, 'graphql'),
    },
    plugins: [useInputChecks(schema)],
  })
}
