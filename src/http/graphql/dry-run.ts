import {
  type DirectiveNode,
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** Runs of an operation with `rateLimit(dryRun: true)` only this field; everything else is checked as usual. */
export function useDryRun(): Plugin {
  return {
    onExecute: ({ args }) => {
      const { document, operationName, variableValues } = args as ExecutionArgs
      const reduced = dryRunOf(document, operationName, variableValues ?? {})
      if (reduced !== null) args.document = reduced
    },
  }
}

/**
 * The document with the `rateLimit` fields of its operation alone, if one of them is a dry run; otherwise null. Documents that
 * are not valid are read, too: the cost is charged before they are checked.
 */
export function dryRunOf(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): DocumentNode | null {
  const operation = getOperationAST(document, operationName)
  if (operation == null) return null
  const isTrue = (value: ValueNode | undefined) => booleanOf(value, operation, variables) === true
  const fields = rootFields(document, operation.selectionSet, isTrue).filter(({ name }) => name.value === 'rateLimit')
  if (!fields.some((field) => isTrue(argumentOf(field, 'dryRun')))) return null
  const reduced = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: fields } } as const
  return {
    ...document,
    definitions: document.definitions.map((definition) => (definition === operation ? reduced : definition)),
  }
}

/**
 * The fields of a selection that are not left out, also those in fragments. Each fragment is read once: some spread each other
 * many times, or themselves.
 */
function rootFields(
  document: DocumentNode,
  { selections }: SelectionSetNode,
  isTrue: (value: ValueNode | undefined) => boolean,
  seen = new Set<string>(),
): FieldNode[] {
  return selections.flatMap((selection) => {
    if (isLeftOut(selection, isTrue)) return []
    if (selection.kind === Kind.FIELD) return [selection]
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(document, selection.selectionSet, isTrue, seen)
    const name = selection.name.value
    if (seen.has(name)) return []
    seen.add(name)
    const named = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
    )
    return named?.kind === Kind.FRAGMENT_DEFINITION ? rootFields(document, named.selectionSet, isTrue, seen) : []
  })
}

const isLeftOut = ({ directives = [] }: SelectionNode, isTrue: (value: ValueNode | undefined) => boolean): boolean =>
  directives.some((directive) => {
    const condition = argumentOf(directive, 'if')
    return directive.name.value === 'skip'
      ? isTrue(condition)
      : directive.name.value === 'include' && !isTrue(condition)
  })

const argumentOf = ({ arguments: given = [] }: FieldNode | DirectiveNode, name: string): ValueNode | undefined =>
  given.find((argument) => argument.name.value === name)?.value

/** The value of a Boolean literal or variable; anything else for what is none. */
function booleanOf(
  value: ValueNode | undefined,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): unknown {
  if (value?.kind === Kind.BOOLEAN) return value.value
  if (value?.kind !== Kind.VARIABLE) return undefined
  const name = value.name.value
  if (Object.hasOwn(variables, name)) return variables[name]
  const initial = variableDefinitions.find(({ variable }) => variable.name.value === name)?.defaultValue
  return initial?.kind === Kind.BOOLEAN ? initial.value : undefined
}
