import {
  type ArgumentNode,
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLErrorExtensions,
  type GraphQLSchema,
  getOperationAST,
  type Location,
  type ObjectFieldNode,
  type Source,
  type ValidationContext,
  visit,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isStorable } from '../../values/storable.ts'
import { withChoices } from './choices.ts'
import { excessOf, measure, type OperationSize } from './limits.ts'
import { parseDocument } from './parsed-documents.ts'

const WELL_FORMED = 'must not contain NUL characters or halves of surrogate pairs'

/**
 * Refuses documents and operations that are too large, and strings that Postgres cannot store, before a resolver runs. Adds
 * to each error about a value the name of its argument.
 */
export function useInputChecks(schema: GraphQLSchema): Plugin {
  return {
    onParse: ({ setParseFn }) => {
      setParseFn((source: string | Source) => parseDocument(source))
      return ({ result, replaceParseResult }) => {
        if (result instanceof GraphQLError && result.extensions.code === undefined) {
          result.extensions.code = 'GRAPHQL_PARSE_FAILED'
          replaceParseResult(result)
        }
      }
    },

    onValidate: ({ addValidationRule, params }) => {
      addValidationRule(storableTexts)
      return ({ valid, result, setResult }) => {
        if (!valid) setResult((result as GraphQLError[]).map((error) => explain(error, params.documentAST, schema)))
      }
    },

    onExecute: ({ args, setResultAndStopExecution }) => {
      const refusal = refusalOf(schema, args)
      if (refusal) setResultAndStopExecution({ errors: [refusal] })
    },

    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const refusal = refusalOf(schema, args)
      if (refusal) setResultAndStopExecution({ errors: [refusal] })
    },
  }
}

/** The error for an operation that must not run, or null. */
function refusalOf(
  schema: GraphQLSchema,
  { document, operationName, variableValues, contextValue }: ExecutionArgs,
): GraphQLError | null {
  const refuse = (message: string, extensions: GraphQLErrorExtensions) =>
    new GraphQLError(message, { extensions: { ...extensions, http: { status: 400 } } })
  const variables: Record<string, unknown> = variableValues ?? {}
  const broken = brokenText(variables, '')
  if (broken !== null)
    return refuse(`Variable \`$${broken}\` ${WELL_FORMED}.`, { code: 'BAD_USER_INPUT', argument: broken })
  const operation = getOperationAST(document, operationName)
  const { size } = contextValue as { size: OperationSize | null }
  if (operation == null || size === null) return null
  const parts = () => measure(schema, document, operation, variables, true).parts
  const excess = excessOf(size, parts)
  return excess === null ? null : refuse(excess, { code: 'OPERATION_TOO_LARGE' })
}

/** The path of the first string in the variables that Postgres cannot store, or null. */
function brokenText(value: unknown, path: string): string | null {
  if (typeof value === 'string') return isStorable(value) ? null : path
  if (typeof value !== 'object' || value === null) return null
  for (const [key, member] of Object.entries(value)) {
    const broken = brokenText(member, path === '' ? key : `${path}.${key}`)
    if (broken !== null) return broken
  }
  return null
}

function storableTexts(context: ValidationContext) {
  return {
    StringValue: (node: { value: string }) => {
      if (!isStorable(node.value))
        context.reportError(new GraphQLError(`A text ${WELL_FORMED}.`, { nodes: [node as never] }))
    },
  }
}

/** Adds a code to a validation error, what is allowed and, if it is about a value, the name of its argument or variable. */
function explain(error: GraphQLError, document: DocumentNode, schema: GraphQLSchema): GraphQLError {
  // Yoga caches the errors of a document and passes them here again.
  if (error.extensions.code !== undefined) return error
  const [node] = error.nodes ?? []
  const owner = node?.kind.endsWith('Value') ? ownerOf(document, node.loc?.start ?? -1) : null
  if (owner === null) {
    error.extensions.code = 'GRAPHQL_VALIDATION_FAILED'
    error.message = withChoices(error.message, schema)
    return error
  }
  const message = `${owner.kind} \`${owner.name}\`: ${withChoices(error.message, schema)}`
  return new GraphQLError(message, {
    nodes: error.nodes,
    extensions: { ...error.extensions, code: 'BAD_USER_INPUT', argument: owner.name.replace('$', '') },
  })
}

/**
 * The argument that has the value at a position in the document, with the input fields on the way to it
 * (`filter.publishedFrom`), or the variable whose default it is.
 */
function ownerOf(document: DocumentNode, position: number): { kind: 'Argument' | 'Variable'; name: string } | null {
  const path: string[] = []
  const isAround = ({ loc }: { loc?: Location | undefined }) =>
    loc !== undefined && loc.start <= position && position < loc.end
  const enter = (node: ArgumentNode | ObjectFieldNode) => {
    if (isAround(node)) path.push(node.name.value)
  }
  visit(document, {
    Argument: enter,
    ObjectField: enter,
    VariableDefinition: (node) => {
      if (isAround(node)) path.push(`$${node.variable.name.value}`)
    },
  })
  const name = path.join('.')
  return name === '' ? null : { kind: name.startsWith('$') ? 'Variable' : 'Argument', name }
}
