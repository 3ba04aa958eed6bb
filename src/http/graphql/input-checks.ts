import {
  type ArgumentNode,
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
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
import { excess, sizeOf } from './limits.ts'
import { parseDocument } from './parsed-documents.ts'

const WELL_FORMED = 'must not contain NUL characters or halves of surrogate pairs'

/**
 * Keeps from the resolvers what no resolver should see: documents and operations that are too large, and texts that
 * Postgres cannot hold. Says for every mistake in an argument which argument it is.
 */
export function useInputChecks(schema: GraphQLSchema): Plugin {
  return {
    // The `variables` of a GET or of a form are JSON inside, and Yoga takes JSON.parse's error for one of the server.
    onRequestParse: ({ requestParser, setRequestParser }) => {
      if (!requestParser) return
      setRequestParser(async (request) => {
        try {
          return await requestParser(request)
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error
          throw new GraphQLError('`variables` and `extensions` must be JSON.', {
            extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
          })
        }
      })
    },

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
        if (!valid) setResult((result as GraphQLError[]).map((error) => explain(error, params.documentAST)))
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

/** Why an operation is not run, or null. */
function refusalOf(
  schema: GraphQLSchema,
  { document, operationName, variableValues }: Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>,
): GraphQLError | null {
  const refuse = (message: string, extensions: Record<string, unknown>) =>
    new GraphQLError(message, { extensions: { ...extensions, http: { status: 400 } } })
  const variables: Record<string, unknown> = variableValues ?? {}
  const broken = brokenText(variables, '')
  if (broken !== null)
    return refuse(`Variable \`$${broken}\` ${WELL_FORMED}.`, { code: 'BAD_USER_INPUT', argument: broken })
  const operation = getOperationAST(document, operationName)
  const tooMuch = operation && excess(sizeOf(schema, document, operation, variables))
  return tooMuch == null ? null : refuse(tooMuch, { code: 'OPERATION_TOO_LARGE' })
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

/** Gives an error of validation a code and, where it is about a value, the name of what has this value. */
function explain(error: GraphQLError, document: DocumentNode): GraphQLError {
  // Yoga keeps the errors of a document and hands them in again when it is sent again.
  if (error.extensions.code !== undefined) return error
  const [node] = error.nodes ?? []
  const owner = node?.kind.endsWith('Value') ? ownerOf(document, node.loc?.start ?? -1) : null
  if (owner === null) {
    error.extensions.code = 'GRAPHQL_VALIDATION_FAILED'
    return error
  }
  const message = `${owner.kind} \`${owner.name}\`: ${error.message}`
  const extensions = { ...error.extensions, code: 'BAD_USER_INPUT', argument: owner.name.replace('$', '') }
  return new GraphQLError(message, { nodes: error.nodes, extensions })
}

/**
 * What the value at a place of the document is given to: the argument, with the fields of input objects on the way
 * (`filter.publishedFrom`), or the variable that has it as its default.
 */
function ownerOf(document: DocumentNode, place: number): { kind: 'Argument' | 'Variable'; name: string } | null {
  const path: string[] = []
  const isAround = ({ loc }: { loc?: Location | undefined }) =>
    loc !== undefined && loc.start <= place && place < loc.end
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
