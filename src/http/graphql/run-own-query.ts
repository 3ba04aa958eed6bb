import { type DocumentNode, type ExecutionResult, execute, parse } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Context, Spending } from '../../../schema/context.ts'
import { schema } from '../../../schema/index.ts'
import type { RunQuery } from '../../deliveries/digest-content.ts'
import { UnknownMembers } from '../../lists/unknown-members.ts'
import { createLoaders } from '../../loaders/index.ts'
import type { ServerParts } from '../parts.ts'
import { type Compiled, compileOwn, run } from './compiled-queries.ts'

/** The route that shows the result has charged for it. */
const NO_SPENDING: Spending = { points: 0, standing: null, spend: async () => null }

/** Anonymous clients have none. */
const NO_WEBHOOKS: Context['webhookChecks'] = { address: async () => null, document: () => null }

/** The parts of a server that a query is run with. */
export type QueryParts = Pick<
  ServerParts,
  'db' | 'counting' | 'related' | 'clock' | 'trending' | 'publicUrl' | 'votes' | 'live'
>

const compiledQueries = new WeakMap<DocumentNode, Compiled>()

/**
 * Runs a query of this project as an anonymous client, so that pages and feeds show exactly what GraphQL shows.
 *
 * @param unknown collects members of filter lists that name nothing
 * @throws the first error of the result, as its resolver threw it
 */
export async function runOwnQuery<Data>(
  parts: QueryParts,
  document: DocumentNode,
  variables: Record<string, unknown>,
  unknown = new UnknownMembers(),
): Promise<Data> {
  let compiled = compiledQueries.get(document)
  if (!compiled) {
    compiled = compileOwn(schema, document)
    compiledQueries.set(document, compiled)
  }
  const contextValue = contextOf(parts, { unknown, spending: NO_SPENDING })
  const args = { schema, document, variableValues: variables, contextValue }
  // graphql-js says what is wrong with variables.
  return dataOf((await (run(compiled, args) ?? execute(args))) as ExecutionResult<Data>)
}

/**
 * Runs a mutation of this project as an anonymous client.
 *
 * @param spending of the request that caused it
 * @throws the first error of the result, as its resolver threw it
 */
export async function runOwnMutation<Data>(
  parts: QueryParts,
  document: DocumentNode,
  variables: Record<string, unknown>,
  spending: Spending,
): Promise<Data> {
  const contextValue = contextOf(parts, { unknown: new UnknownMembers(), spending })
  return dataOf((await execute({ schema, document, variableValues: variables, contextValue })) as ExecutionResult<Data>)
}

function contextOf(parts: QueryParts, given: Pick<Context, 'unknown' | 'spending'>): Context {
  const loaders = createLoaders({ db: parts.db, counting: parts.counting, viewerId: null, related: parts.related })
  return {
    ...parts,
    ...given,
    viewer: null,
    loaders,
    webhookChecks: NO_WEBHOOKS,
    get currentPapers() {
      return loaders.paper
    },
  }
}

function dataOf<Data>({ data, errors }: ExecutionResult<Data>): Data {
  if (errors?.[0]) throw errors[0].originalError ?? errors[0]
  return data as Data
}

/** Those of this project, and those that users stored with a webhook. */
const documents = new LRUCache<string, DocumentNode>({ max: 500 })

/** Runs queries that are written where no GraphQL is run: those of this project, and documents that users stored. */
export const queryRunner =
  (parts: QueryParts): RunQuery =>
  (text, variables) => {
    let document = documents.get(text)
    if (document === undefined) {
      document = parse(text)
      documents.set(text, document)
    }
    return runOwnQuery(parts, document, variables)
  }
