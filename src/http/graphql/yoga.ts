import { createYoga } from 'graphql-yoga'
import type { Context, Spending, Viewer } from '../../../schema/context.ts'
import { schema } from '../../../schema/index.ts'
import { addressProblem } from '../../fetching/poster.ts'
import { UnknownMembers } from '../../lists/unknown-members.ts'
import { createCurrentPapers, createLoaders } from '../../loaders/index.ts'
import type { ServerParts } from '../parts.ts'
import type { RequestTrace } from '../request-trace.ts'
import { useCompiledQueries } from './compiled-queries.ts'
import { useDescribedErrors } from './described-errors.ts'
import { useDryRun } from './dry-run.ts'
import { useInputChecks } from './input-checks.ts'
import { ParsedDocuments } from './parsed-documents.ts'
import { storedDocumentProblem } from './stored-documents.ts'

/** What our handler passes to Yoga beside the request. */
export interface HandlerContext {
  viewer: Viewer | null
  spending: Spending
  trace: RequestTrace
}

/** For syntax errors: Yoga would keep a thousand texts of clients, which may have 256 KiB each. */
const NO_CACHE = { get: () => undefined, set: () => {} }

/** Yoga, which runs operations, and its cache of parsed documents. */
export function createYogaHandler(parts: ServerParts) {
  const { db, counting, log, clock, votes, live, related, trending } = parts
  live.onChange((change) => {
    if (change !== 'votes') related.clear()
  })
  const currentPapers = createCurrentPapers(db)
  const documents = new ParsedDocuments(schema)
  const webhookChecks = {
    address: (url: string) => addressProblem(url, parts.allowPrivateNetworks ?? false),
    document: storedDocumentProblem,
  }
  const yoga = createYoga<HandlerContext, Context>({
    schema,
    context: ({ viewer, spending }) => ({
      db,
      counting,
      loaders: createLoaders({ db, counting, viewerId: viewer?.user.id ?? null, related }),
      currentPapers,
      viewer,
      spending,
      clock,
      votes,
      live,
      trending,
      unknown: new UnknownMembers(),
      webhookChecks,
      // Read for each request: with a free port it is not known before the server listens.
      publicUrl: parts.publicUrl,
    }),
    // Our handler reads requests and sends responses.
    graphiql: false,
    // See `useDescribedErrors`.
    maskedErrors: false,
    logging: {
      debug: (...args) => log.debug(args.join(' ')),
      info: (...args) => log.info(args.join(' ')),
      warn: (...args) => log.warn(args.join(' ')),
      // `describeError` has already logged failures.
      error: (...args) => log.debug({ err: args[0] }, 'graphql'),
    },
    parserAndValidationCache: { documentCache: documents, errorCache: NO_CACHE },
    plugins: [useDescribedErrors(log), useInputChecks(schema), useDryRun(), useCompiledQueries(schema)],
  })
  return { yoga, documents }
}
