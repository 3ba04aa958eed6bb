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
import { withUnknownMembers } from './unknown-members.ts'

/** An operation is compiled when it is requested this often: compiling costs as much as several executions. */
const COMPILE_AT = 3

/** An operation compiled to JavaScript. */
export interface Compiled {
  query: CompiledQuery['query']
  variables: readonly VariableDefinitionNode[]
  /** The variables with a default, which may be where null is not allowed. */
  withDefault: readonly string[]
}

/** How often an operation was requested, and its compiled form: null before it is compiled, or if that is not possible. */
interface Usage {
  times: number
  compiled: Compiled | null
}

/**
 * Compiles frequent queries with graphql-jit. A query with wrong variables is left to graphql-js, so that results do not
 * depend on which of the two ran it. Results have the extensions that the context collected.
 */
export function useCompiledQueries(schema: GraphQLSchema): Plugin {
  const compilable = withAnyType(schema)
  // By object identity: parsed documents are cached, so the same text is the same object.
  const usages = new WeakMap<DocumentNode, Map<string, Usage>>()

  function usageOf({ document, operationName }: ExecutionArgs): Usage {
    const operations = usages.get(document) ?? new Map<string, Usage>()
    if (operations.size === 0) usages.set(document, operations)
    const name = operationName ?? ''
    const operation = operations.get(name) ?? { times: 0, compiled: null }
    if (operation.times === 0) operations.set(name, operation)
    return operation
  }

  return {
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      const operation = usageOf(args)
      operation.times += 1
      if (operation.times === COMPILE_AT) operation.compiled = compile(compilable, args)
      const { compiled } = operation
      const interpret = (args: ExecutionArgs) => {
        const result: ExecutionResult | Promise<ExecutionResult> = executeFn(args)
        return result instanceof Promise
          ? result.then((done) => withUnknownMembers(done, args))
          : withUnknownMembers(result, args)
      }
      setExecuteFn(compiled ? (args: ExecutionArgs) => run(compiled, args) ?? interpret(args) : interpret)
    },
  }
}

/** A type name that no document can contain. */
const ANY_TYPE = Symbol('any type') as never

/**
 * The schema with a type that accepts any variable. graphql-jit accepts some wrong variables and refuses some correct ones,
 * so graphql-js checks them, and graphql-jit is given this type for all.
 */
function withAnyType(schema: GraphQLSchema): GraphQLSchema {
  const anyType = new GraphQLScalarType({ name: 'Any' })
  const getType: GraphQLSchema['getType'] = (name) => (name === ANY_TYPE ? anyType : schema.getType(name))
  return Object.create(schema, { getType: { value: getType } })
}

/** Compiles a document of this project. @throws Error if it is not a query */
export function compileOwn(schema: GraphQLSchema, document: DocumentNode): Compiled {
  const compiled = compile(withAnyType(schema), { document })
  if (compiled === null) throw new Error('Only queries can be compiled.')
  return compiled
}

/** Not mutations: they are rarer, and their fields must run one after the other. */
function compile(
  schema: GraphQLSchema,
  { document, operationName }: Pick<ExecutionArgs, 'document' | 'operationName'>,
): Compiled | null {
  const operation = getOperationAST(document, operationName)
  if (operation?.operation !== OperationTypeNode.QUERY) return null
  const variables = operation.variableDefinitions ?? []
  const anyType = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: ANY_TYPE } } as const
  const variableDefinitions = variables.map(({ kind, variable }) => ({ kind, variable, type: anyType }))
  const definitions = document.definitions.map((definition) =>
    definition === operation ? { ...operation, variableDefinitions } : definition,
  )
  const compiled = compileQuery(schema, { ...document, definitions }, operationName ?? undefined, {
    disablingCapturingStackErrors: true,
  })
  if (!isCompiledQuery(compiled)) return null
  const withDefault = variables.flatMap(({ variable, defaultValue }) => (defaultValue ? [variable.name.value] : []))
  return { query: compiled.query, variables, withDefault }
}

/** Runs a compiled query; null if its variables are or may be wrong. */
export function run(
  { query, variables, withDefault }: Compiled,
  args: ExecutionArgs,
): ExecutionResult | Promise<ExecutionResult> | null {
  const { schema, document, rootValue, contextValue, variableValues } = args
  const { coerced } = getVariableValues(schema, variables, variableValues ?? {}, { maxErrors: 1 })
  if (coerced === undefined) return null
  // graphql-jit passes such a null on, inside of lists and input objects.
  if (withDefault.some((name) => coerced[name] === null)) return null
  const result = query(rootValue, contextValue, coerced)
  const complete = (done: ExecutionResult) => withUnknownMembers(withErrors(done, document), args)
  return result instanceof Promise ? result.then(complete) : complete(result)
}

/** Converts errors to those of graphql-js: graphql-jit's know their position only as line and column. */
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

/** The offset of a line and column, both counted from 1. */
function offsetOf(text: string, line: number, column: number): number {
  let start = 0
  const lineEnd = /\r\n|[\n\r]/g
  for (let at = 1; at < line; at += 1) {
    if (!lineEnd.exec(text)) break
    start = lineEnd.lastIndex
  }
  return start + column - 1
}
