import {
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
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

/** The document with the `rateLimit` fields of its operation alone, if one of them is a dry run; otherwise null. */
export function dryRunOf(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): DocumentNode | null {
  const operation = getOperationAST(document, operationName)
  if (operation == null) return null
  const fields = rootFields(document, operation.selectionSet).filter(({ name }) => name.value === 'rateLimit')
  if (!fields.some((field) => isDryRun(field, operation, variables))) return null
  const reduced = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: fields } } as const
  return {
    ...document,
    definitions: document.definitions.map((definition) => (definition === operation ? reduced : definition)),
  }
}

/** The fields of a selection, also those in fragments. */
function rootFields(document: DocumentNode, { selections }: SelectionSetNode): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection]
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(document, selection.selectionSet)
    const named = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    )
    return named?.kind === Kind.FRAGMENT_DEFINITION ? rootFields(document, named.selectionSet) : []
  })
}

function isDryRun(
  { arguments: given = [] }: FieldNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  const value = given.find(({ name }) => name.value === 'dryRun')?.value
  if (value?.kind !== Kind.VARIABLE) return value?.kind === Kind.BOOLEAN && value.value
  const name = value.name.value
  if (Object.hasOwn(variables, name)) return variables[name] === true
  const initial = variableDefinitions.find(({ variable }) => variable.name.value === name)?.defaultValue
  return initial?.kind === Kind.BOOLEAN && initial.value
}
