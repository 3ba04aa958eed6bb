import { type DocumentNode, type ExecutionResult, execute } from 'graphql'
import type { Context } from '../../../schema/context.ts'
import { schema } from '../../../schema/index.ts'
import { createLoaders } from '../../loaders/index.ts'
import type { ServerParts } from '../parts.ts'
import { type Compiled, compileOwn, run } from './compiled.ts'

const known = new WeakMap<DocumentNode, Compiled>()

/**
 * Runs a query of this project's own, as nobody: pages and feeds show what the contract shows and nothing else.
 *
 * @throws the first error of the answer, as its resolver threw it
 */
export async function runFixed<Data>(
  parts: ServerParts,
  document: DocumentNode,
  variables: Record<string, unknown>,
): Promise<Data> {
  let compiled = known.get(document)
  if (!compiled) {
    compiled = compileOwn(schema, document)
    known.set(document, compiled)
  }
  const loaders = createLoaders(parts.db, null, parts.related)
  const contextValue: Context = {
    ...parts,
    viewer: null,
    loaders,
    get currentPapers() {
      return loaders.paper
    },
  }
  const args = { schema, document, variableValues: variables, contextValue }
  // Wrong variables are left to the executor that says what is wrong.
  const { data, errors } = (await (run(compiled, args) ?? execute(args))) as ExecutionResult<Data>
  if (errors?.[0]) throw errors[0].originalError ?? errors[0]
  return data as Data
}
