import {
  type ArgumentNode,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  type Source,
  type ValidationContext,
  visit,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { excess, LIMITS, measure } from './limits.ts'

const WELL_FORMED = 'must be text without NUL characters and without halves of surrogate pairs'

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/**
 * Keeps from the resolvers what no resolver should see: documents and operations that are too large, and texts that
 * Postgres cannot hold. Says for every mistake in an argument which argument it is.
 */
export function useInputChecks(schema: GraphQLSchema): Plugin {
  return {
    onParse: ({ setParseFn }) => {
      setParseFn((source: string | Source) => parse(source, { maxTokens: LIMITS.tokens }))
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
        if (!valid) setResult((result as GraphQLError[]).map((error) => explain(error, params.documentAST)))
      }
    },

    onExecute: ({ args, setResultAndStopExecution }) => {
      const refuse = (message: string, extensions: Record<string, unknown>) =>
        setResultAndStopExecution({
          errors: [new GraphQLError(message, { extensions: { ...extensions, http: { status: 400 } } })],
        })
      const variables: Record<string, unknown> = args.variableValues ?? {}
      const broken = brokenText(variables, '')
      if (broken !== null)
        return refuse(`Variable \`$${broken}\` ${WELL_FORMED}.`, { code: 'BAD_USER_INPUT', argument: broken })
      const operation = getOperationAST(args.document, args.operationName)
      if (!operation) return
      const tooMuch = excess(measure(schema, args.document, operation, variables))
      if (tooMuch !== null) refuse(tooMuch, { code: 'OPERATION_TOO_LARGE' })
    },
  }
}

/** The path of the first text in the variables that Postgres cannot hold, or null. */
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

/** Gives an error of validation a code and, where it is about the value of an argument, the argument's name. */
function explain(error: GraphQLError, document: DocumentNode): GraphQLError {
  const [node] = error.nodes ?? []
  const argument = node?.kind.endsWith('Value') ? argumentAround(document, node.loc?.start ?? -1) : null
  if (argument === null) {
    error.extensions.code ??= 'GRAPHQL_VALIDATION_FAILED'
    return error
  }
  return new GraphQLError(`Argument \`${argument}\`: ${error.message}`, {
    nodes: error.nodes,
    extensions: { ...error.extensions, code: 'BAD_USER_INPUT', argument },
  })
}

/** The argument in which a place of the document lies, with the fields of input objects on the way: `filter.publishedFrom`. */
function argumentAround(document: DocumentNode, place: number): string | null {
  const path: string[] = []
  const enter = (node: { name: { value: string }; loc?: ArgumentNode['loc'] }) => {
    if (node.loc && node.loc.start <= place && place < node.loc.end) path.push(node.name.value)
  }
  visit(document, { Argument: enter, ObjectField: enter })
  return path.length === 0 ? null : path.join('.')
}
