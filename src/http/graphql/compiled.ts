import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  GraphQLScalarType,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  OperationTypeNode,
  type VariableDefinitionNode,
} from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'
import type { Plugin } from 'graphql-yoga'

/** How often an operation is asked for before it is compiled: compiling costs as much as running it several times. */
const FREQUENT = 3

/** An operation as a program made for it. */
export interface Compiled {
  query: CompiledQuery['query']
  variables: readonly VariableDefinitionNode[]
}

/** How often an operation of a document was asked for, and what it was compiled to: null before that, or where it cannot be. */
interface Known {
  times: number
  compiled: Compiled | null
}

/**
 * Runs queries that are sent again and again as programs made for them, by graphql-jit. A query with wrong variables is
 * left to the executor that runs all others, so that nobody can tell from an answer which of the two gave it.
 */
export function useCompiledQueries(schema: GraphQLSchema): Plugin {
  const compilable = withAnything(schema)
  // By the document itself: Yoga keeps those that it has parsed and validated, and gives them back for the same text.
  const known = new WeakMap<DocumentNode, Map<string, Known>>()

  function knownOf({ document, operationName }: ExecutionArgs): Known {
    const operations = known.get(document) ?? new Map<string, Known>()
    if (operations.size === 0) known.set(document, operations)
    const name = operationName ?? ''
    const operation = operations.get(name) ?? { times: 0, compiled: null }
    if (operation.times === 0) operations.set(name, operation)
    return operation
  }

  return {
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      const operation = knownOf(args)
      operation.times += 1
      if (operation.times === FREQUENT) operation.compiled = compile(compilable, args)
      const { compiled } = operation
      if (compiled) setExecuteFn((args: ExecutionArgs) => run(compiled, args) ?? executeFn(args))
    },
  }
}

/** The name of a type that no document can have. */
const ANYTHING = Symbol('anything') as never

/**
 * The schema with a type for variables of every kind. graphql-jit reads variables itself and takes some for right that are
 * not, and the other way round; so they are read as graphql-js reads them, and it is told that anything is right.
 */
function withAnything(schema: GraphQLSchema): GraphQLSchema {
  const anything = new GraphQLScalarType({ name: 'Anything' })
  const getType: GraphQLSchema['getType'] = (name) => (name === ANYTHING ? anything : schema.getType(name))
  return Object.create(schema, { getType: { value: getType } })
}

/** The operation of a document of this project's own. @throws Error where it is no query */
export function compileOwn(schema: GraphQLSchema, document: DocumentNode): Compiled {
  const compiled = compile(withAnything(schema), { document })
  if (compiled === null) throw new Error('Only queries can be compiled.')
  return compiled
}

/** Mutations are left alone: they are rarer, and one must be over before the next. */
function compile(
  schema: GraphQLSchema,
  { document, operationName }: Pick<ExecutionArgs, 'document' | 'operationName'>,
): Compiled | null {
  const operation = getOperationAST(document, operationName)
  if (operation?.operation !== OperationTypeNode.QUERY) return null
  const variables = operation.variableDefinitions ?? []
  const anything = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: ANYTHING } } as const
  const variableDefinitions = variables.map(({ kind, variable }) => ({ kind, variable, type: anything }))
  const definitions = document.definitions.map((definition) =>
    definition === operation ? { ...operation, variableDefinitions } : definition,
  )
  const compiled = compileQuery(schema, { ...document, definitions }, operationName ?? undefined, {
    disablingCapturingStackErrors: true,
  })
  return isCompiledQuery(compiled) ? { query: compiled.query, variables } : null
}

/** The result of a compiled query; null where its variables are wrong. */
export function run(
  { query, variables }: Compiled,
  args: ExecutionArgs,
): ExecutionResult | Promise<ExecutionResult> | null {
  const { schema, document, rootValue, contextValue, variableValues } = args
  const { coerced } = getVariableValues(schema, variables, variableValues ?? {}, { maxErrors: 1 })
  if (coerced === undefined) return null
  const result = query(rootValue, contextValue, coerced)
  return result instanceof Promise ? result.then((done) => withErrors(done, document)) : withErrors(result, document)
}

/** The result with errors as graphql-js makes them: graphql-jit's have their place in the document as numbers only. */
function withErrors(result: ExecutionResult, { loc }: DocumentNode): ExecutionResult {
  if (!result.errors) return result
  const errors = result.errors.map(
    ({ message, locations, path, originalError, extensions }) =>
      new GraphQLError(message, {
        path,
        originalError,
        extensions,
        source: loc?.source,
        positions: loc && locations?.map(({ line, column }) => offsetOf(loc.source.body, line, column)),
      }),
  )
  return { errors, data: result.data }
}

/** Where in a text the character of a line and column is, both counted from 1. */
function offsetOf(text: string, line: number, column: number): number {
  let start = 0
  const lineEnd = /\r\n|[\n\r]/g
  for (let at = 1; at < line; at += 1) {
    if (!lineEnd.exec(text)) break
    start = lineEnd.lastIndex
  }
  return start + column - 1
}
