import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLEnumType,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLType,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  Kind,
  type SelectionSetNode,
  TypeInfo,
  typeFromAST,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { schema } from '../../schema/index.ts'

/** A JSON Schema of draft 2020-12, as a tool has them. */
export interface JsonSchema {
  type?: string | string[]
  description?: string
  format?: string
  enum?: (string | null)[]
  default?: unknown
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean
  minProperties?: number
  maxProperties?: number
}

/** A JSON Schema of an object. */
export type ObjectSchema = JsonSchema & { type: 'object'; properties: Record<string, JsonSchema>; required: string[] }

/** What an agent is told of an operation, in the words of the GraphQL schema. */
export interface OperationSchema {
  /** What it is for. */
  description: string
  /** Its variables. */
  input: ObjectSchema
  /** The data of its result. */
  output: ObjectSchema
}

/**
 * The schemas of a document with one operation.
 *
 * @param about the field of an input type that describes it better than its first field does
 */
export function operationSchema(document: DocumentNode, about?: { input: string; field: string }): OperationSchema {
  const operation = getOperationAST(document)
  const root = operation && schema.getRootType(operation.operation)
  const [field] = operation?.selectionSet.selections ?? []
  if (!operation || !root || field?.kind !== Kind.FIELD)
    throw new Error('A tool needs one operation that begins with a field.')
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)

  const descriptions = variableDescriptions(document)
  const input: ObjectSchema = { type: 'object', properties: {}, required: [], additionalProperties: false }
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value
    // Documents of tools are valid: a test runs each.
    const type = typeFromAST(schema, typeNode as never) as unknown as GraphQLInputType
    input.properties[name] = {
      ...described(inputSchema(type), descriptions.get(name)),
      ...(defaultValue && { default: valueFromASTUntyped(defaultValue) }),
    }
    if (isNonNullType(type) && !defaultValue) input.required.push(name)
  }
  return {
    description: (about ? inputField(about) : root.getFields()[field.name.value])?.description ?? '',
    input,
    output: selectionSchema(operation.selectionSet, root, fragments),
  }
}

function inputField({ input, field }: { input: string; field: string }) {
  const type = schema.getType(input)
  return isInputObjectType(type) ? type.getFields()[field] : undefined
}

/** The description of each variable: that of the argument or input field whose value it is. */
function variableDescriptions(document: DocumentNode): Map<string, string> {
  const found = new Map<string, string>()
  const types = new TypeInfo(schema)
  const note = (value: { kind: Kind; name?: { value: string } }, description: string | null | undefined) => {
    if (value.kind === Kind.VARIABLE && value.name && description) found.set(value.name.value, description)
  }
  visit(
    document,
    visitWithTypeInfo(types, {
      Argument: ({ value }) => note(value, types.getArgument()?.description),
      ObjectField: ({ name, value }) => {
        const parent = getNamedType(types.getParentInputType() as GraphQLType)
        if (isInputObjectType(parent)) note(value, parent.getFields()[name.value]?.description)
      },
    }),
  )
  return found
}

/** A map, because a scalar could have the name of a member that every object has. */
const SCALARS = new Map<string, JsonSchema>([
  ['Int', { type: 'integer' }],
  ['Float', { type: 'number' }],
  ['Boolean', { type: 'boolean' }],
  ['Date', { type: 'string', format: 'date' }],
  ['DateTime', { type: 'string', format: 'date-time' }],
  ['URL', { type: 'string', format: 'uri' }],
])

const scalarSchema = (name: string): JsonSchema => SCALARS.get(name) ?? { type: 'string' }

/**
 * Null is not mentioned: it is the same as leaving a value out, and some clients do not read schemas with several types. Nothing
 * is referred to, because some do not follow references.
 */
function inputSchema(type: GraphQLInputType): JsonSchema {
  if (isNonNullType(type)) return inputSchema(type.ofType)
  if (isListType(type)) return { type: 'array', items: inputSchema(type.ofType) }
  if (isEnumType(type)) return { type: 'string', description: enumDescription(type), enum: namesOf(type) }
  if (!isInputObjectType(type)) return scalarSchema(type.name)
  const fields = Object.values(type.getFields())
  return {
    type: 'object',
    ...(type.description && { description: type.description }),
    properties: Object.fromEntries(
      fields.map(({ name, type, description, defaultValue }) => [
        name,
        { ...described(inputSchema(type), description), ...(defaultValue !== undefined && { default: defaultValue }) },
      ]),
    ),
    required: fields.filter(isRequiredInputField).map(({ name }) => name),
    additionalProperties: false,
    ...(type.isOneOf && { minProperties: 1, maxProperties: 1 }),
  }
}

const namesOf = (type: GraphQLEnumType): string[] => type.getValues().map(({ name }) => name)

const enumDescription = (type: GraphQLEnumType): string =>
  type
    .getValues()
    .map(({ name, description }) => `${name}: ${description}`)
    .join(' ')

/** A schema with a description before its own, if that says something else. */
function described(schema: JsonSchema, description: string | null | undefined): JsonSchema {
  const texts = new Set([description, schema.description].filter((text) => text != null))
  return texts.size === 0 ? schema : { ...schema, description: [...texts].join(' ') }
}

/** The object that a selection returns. What stands in a fragment on another type may be missing. */
function selectionSchema(
  { selections }: SelectionSetNode,
  parent: GraphQLCompositeType,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ObjectSchema {
  const result: ObjectSchema = { type: 'object', properties: {}, required: [] }
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const { name, alias, selectionSet } = selection
      const key = (alias ?? name).value
      const field = isAbstractType(parent) && !('getFields' in parent) ? undefined : fieldsOf(parent)[name.value]
      result.properties[key] = field
        ? described(outputSchema(field.type, selectionSet, fragments), field.description)
        : { type: 'string' }
      result.required.push(key)
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    const condition = schema.getType(fragment?.typeCondition?.name.value ?? '')
    if (fragment === undefined || !isCompositeType(condition)) continue
    const inside = selectionSchema(fragment.selectionSet, condition, fragments)
    Object.assign(result.properties, inside.properties)
    if (condition === parent) result.required.push(...inside.required)
  }
  return result
}

const fieldsOf = (type: GraphQLCompositeType) => (isObjectType(type) || 'getFields' in type ? type.getFields() : {})

function outputSchema(
  type: GraphQLOutputType,
  selectionSet: SelectionSetNode | undefined,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): JsonSchema {
  if (isNonNullType(type)) return presentSchema(type.ofType, selectionSet, fragments)
  const { type: name, enum: values, ...present } = presentSchema(type, selectionSet, fragments)
  return { type: [name as string, 'null'], ...present, ...(values && { enum: [...values, null] }) }
}

function presentSchema(
  type: GraphQLOutputType,
  selectionSet: SelectionSetNode | undefined,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): JsonSchema {
  if (isListType(type)) return { type: 'array', items: outputSchema(type.ofType, selectionSet, fragments) }
  if (isCompositeType(type) && selectionSet) return selectionSchema(selectionSet, type, fragments)
  const named = getNamedType(type)
  return named instanceof GraphQLEnumType ? { type: 'string', enum: namesOf(named) } : scalarSchema(named.name)
}
