import { type DocumentNode, type ExecutionResult, execute } from 'graphql'
import type { Context } from '../../schema/context.ts'
import { schema } from '../../schema/index.ts'
import { createLoaders } from '../loaders/index.ts'

/**
 * Runs a document of this project's own, as nobody: pages and feeds show what the contract shows and nothing else.
 *
 * @throws the first error of the answer, as its resolver threw it
 */
export async function runFixed<Data>(
  context: Omit<Context, 'loaders' | 'viewer'>,
  document: DocumentNode,
  variables: Record<string, unknown>,
): Promise<Data> {
  const { data, errors } = (await execute({
    schema,
    document,
    variableValues: variables,
    contextValue: { ...context, viewer: null, loaders: createLoaders(context.db, null) } satisfies Context,
  })) as ExecutionResult<Data>
  if (errors?.[0]) throw errors[0].originalError ?? errors[0]
  return data as Data
}
