import {
  type ArgumentNode,
  type ASTVisitor,
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type Location,
  type ObjectFieldNode,
  type SelectionSetNode,
  type Source,
  type ValidationContext,
  validate,
  visit,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isStorable } from '../../values/storable.ts'
import { withChoices } from './choices.ts'
import { parseDocument } from './parsed-documents.ts'

const WELL_FORMED = 'must not contain NUL characters or halves of surrogate pairs'

/** In one selection. Valid documents have a field once, and a fragment for each component that shows a part of the object. */
const MOST_OF_ONE_NAME = 50
/** Stands for spreads, where no field can have that name. */
const FRAGMENTS = '...'

/** More errors in one document are not looked for: each costs as much as many fields that are right. */
const MOST_ERRORS = 20

/**
 * Refuses documents with too many tokens, and strings that Postgres cannot store, before a resolver runs. Adds to each error
 * about a value the name of its argument.
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

    onValidate: ({ addValidationRule, setValidationFn, params }) => {
      addValidationRule(storableTexts)
      setValidationFn((schema, document, rules) => {
        const options = { maxErrors: MOST_ERRORS }
        const crowded = validate(schema, document, [uncrowdedSelections], options)
        return crowded.length > 0 ? crowded : validate(schema, document, rules, options)
      })
      return ({ valid, result, setResult }) => {
        if (!valid) setResult((result as GraphQLError[]).map((error) => explain(error, params.documentAST, schema)))
      }
    },

    onExecute: ({ args, setResultAndStopExecution }) => {
      const refusal = refusalOf(args)
      if (refusal) setResultAndStopExecution({ errors: [refusal] })
    },

    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const refusal = refusalOf(args)
      if (refusal) setResultAndStopExecution({ errors: [refusal] })
    },
  }
}

/** The error for an operation that must not run, or null. */
function refusalOf({ variableValues }: Pick<ExecutionArgs, 'variableValues'>): GraphQLError | null {
  const broken = brokenText(variableValues ?? {}, '')
  if (broken === null) return null
  const extensions = { code: 'BAD_USER_INPUT', argument: broken, http: { status: 400 } } as const
  return new GraphQLError(`Variable \`$${broken}\` ${WELL_FORMED}.`, { extensions })
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

/**
 * Refuses selections with too many fields of one name or too many fragments: validation compares each of them with each other
 * one. Fields in inline fragments count where those stand.
 */
export function uncrowdedSelections(context: ValidationContext): ASTVisitor {
  return {
    SelectionSet: (node, _key, parent) => {
      if (parent !== undefined && 'kind' in parent && parent.kind === Kind.INLINE_FRAGMENT) return
      const times = new Map<string, number>()
      const count = ({ selections }: SelectionSetNode) => {
        for (const selection of selections) {
          if (selection.kind === Kind.INLINE_FRAGMENT) count(selection.selectionSet)
          else {
            const name = selection.kind === Kind.FIELD ? (selection.alias ?? selection.name).value : FRAGMENTS
            times.set(name, (times.get(name) ?? 0) + 1)
          }
        }
      }
      count(node)
      for (const [name, number] of times)
        if (number > MOST_OF_ONE_NAME) {
          const what = name === FRAGMENTS ? 'fragments' : `fields \`${name}\``
          const message = `A selection has ${number} ${what}; at most ${MOST_OF_ONE_NAME} are allowed. Request each once.`
          context.reportError(new GraphQLError(message, { nodes: node }))
        }
    },
  }
}

export function storableTexts(context: ValidationContext) {
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
