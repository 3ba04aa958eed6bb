import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from 'graphql'

/**
 * What one operation may ask for. The README tells clients; the figures leave room for a page of 100 papers with all
 * that a page shows, and for the introspection query of every tool.
 */
export const LIMITS = { tokens: 2_000, depth: 15, aliases: 50, cost: 25_000 }

/** A list that has no page size counts as this long. */
const ASSUMED_LENGTH = 10

/** A list for which more is asked is not answered at all, and its own error says more than one about the cost. */
const LONGEST = 100

/** A connection is at least one statement, whatever it answers. */
const CONNECTION_COST = 5

/** What a field of the schema says in its extensions: what it costs beside its objects, and how long its list can be. */
export interface CostExtensions {
  cost?: number | ((argument: (name: string) => unknown) => number)
  length?: (argument: (name: string) => unknown) => number
}

/** How large an operation is, in the terms of `LIMITS`. */
export interface OperationSize {
  depth: number
  aliases: number
  cost: number
}

/** Sizes that no variable decides, by the operation: Yoga keeps parsed documents, and gives the same for the same text. */
const known = new WeakMap<OperationDefinitionNode, OperationSize>()

/** As `measure`, but an operation whose variables decide nothing is measured once. */
export function sizeOf(...operation: Parameters<typeof measure>): OperationSize {
  const [, , definition] = operation
  const before = known.get(definition)
  if (before) return before
  const { asksVariables, ...size } = measure(...operation)
  if (!asksVariables) known.set(definition, size)
  return size
}

/**
 * Measures an operation, and says whether a variable had a part in it. Its cost is the number of objects that it can
 * bring, with page sizes as multipliers, five for each connection, and what fields that read a whole list say that they
 * cost. Introspection is measured like everything else; an alias in it costs as an object, since texts under many names
 * are what makes such an answer large.
 *
 * @param variables as the client sent them; they decide page sizes
 */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): OperationSize & { asksVariables: boolean } {
  let asksVariables = false
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)

  // A fragment that is spread in many places is measured once for each length of list it stands in, so that fragments
  // that spread each other twice do not make the measuring itself slow.
  const measured = new Map<string, OperationSize>()

  function ofSelections(selections: SelectionSetNode, parent: GraphQLCompositeType, length: number): OperationSize {
    const size = { depth: 0, aliases: 0, cost: 0 }
    for (const selection of selections.selections) {
      const part =
        selection.kind === Kind.FIELD
          ? ofField(selection, parent, length)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? ofSelections(selection.selectionSet, typeNamed(selection.typeCondition?.name.value) ?? parent, length)
            : ofFragment(selection.name.value, length)
      size.depth = Math.max(size.depth, part.depth)
      size.aliases += part.aliases
      size.cost += part.cost
    }
    return size
  }

  function ofFragment(name: string, length: number): OperationSize {
    const key = `${name} ${length}`
    const known = measured.get(key)
    if (known) return known
    const fragment = fragments.get(name)
    const type = typeNamed(fragment?.typeCondition.name.value)
    // Validation refuses fragments that contain themselves; entered first, so that measuring ends in any case.
    measured.set(key, { depth: 0, aliases: 0, cost: 0 })
    const size =
      fragment && type ? ofSelections(fragment.selectionSet, type, length) : { depth: 0, aliases: 0, cost: 0 }
    measured.set(key, size)
    return size
  }

  /** `length` is the page size of the connection that the field belongs to. */
  function ofField(field: FieldNode, parent: GraphQLCompositeType, length: number): OperationSize {
    const aliases = field.alias ? 1 : 0
    const name = field.name.value
    const definition = definitionOf(parent, name)
    if (!definition) return { depth: 1, aliases, cost: 0 }
    const type = getNamedType(definition.type)
    const { cost = 0, length: longest } = definition.extensions as CostExtensions
    const argument = (name: string) => valueOfArgument(field, name)
    const own = typeof cost === 'function' ? cost(argument) : cost
    if (!field.selectionSet || !isCompositeType(type))
      return { depth: 1, aliases, cost: own + (isIntrospectionType(parent) ? aliases : 0) }

    const asked = pageSizeOf(field, definition.args)
    const isList = isListType(getNullableType(definition.type))
    const isConnection = type.name.endsWith('Connection')
    const inConnection = parent.name.endsWith('Connection')
    const objects = isList ? (asked ?? (inConnection ? length : (longest?.(argument) ?? ASSUMED_LENGTH))) : 1
    const inside = ofSelections(field.selectionSet, type, isConnection ? (asked ?? length) : length)
    return {
      depth: inside.depth + 1,
      aliases: inside.aliases + aliases,
      cost: own + objects * (1 + inside.cost) + (isConnection ? CONNECTION_COST - 1 : 0),
    }
  }

  function definitionOf(parent: GraphQLCompositeType, name: string) {
    if (parent === schema.getQueryType()) {
      if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
      if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
    }
    return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
  }

  /** How many the field is asked for: by `first`, `last` or a list of `ids`; null for a field without such arguments. */
  function pageSizeOf(field: FieldNode, args: readonly { name: string }[]): number | null {
    const given = (name: string) => valueOfArgument(field, name)
    if (args.some(({ name }) => name === 'ids')) {
      const ids = given('ids')
      return Array.isArray(ids) ? Math.min(ids.length, LONGEST) : 1
    }
    if (!args.some(({ name }) => name === 'first')) return null
    const size = given('first') ?? given('last')
    return typeof size === 'number' && size > 0 ? Math.min(size, LONGEST) : 20
  }

  function valueOfArgument(field: FieldNode, name: string): unknown {
    const argument = field.arguments?.find((candidate) => candidate.name.value === name)
    return argument && literal(argument.value)
  }

  function literal(node: ValueNode): unknown {
    if (node.kind === Kind.VARIABLE) {
      asksVariables = true
      const name = node.name.value
      if (Object.hasOwn(variables, name)) return variables[name]
      const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)
      return definition?.defaultValue && literal(definition.defaultValue)
    }
    if (node.kind === Kind.INT) return Number(node.value)
    if (node.kind === Kind.STRING) return node.value
    return node.kind === Kind.LIST ? node.values : undefined
  }

  function typeNamed(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : schema.getType(name)
    return isCompositeType(type) ? type : undefined
  }

  const root = schema.getRootType(operation.operation)
  const size = root ? ofSelections(operation.selectionSet, root, 1) : { depth: 0, aliases: 0, cost: 0 }
  return { ...size, asksVariables }
}

/** What is too much about an operation, as a sentence for its author, or null. */
export function excess({ depth, aliases, cost }: OperationSize): string | null {
  if (depth > LIMITS.depth)
    return `The operation is ${depth} levels deep; at most ${LIMITS.depth} are allowed. Ask for the inner parts in another one.`
  if (aliases > LIMITS.aliases)
    return `The operation has ${aliases} aliases; at most ${LIMITS.aliases} are allowed. Split it.`
  if (cost > LIMITS.cost)
    return `The operation costs ${cost}; at most ${LIMITS.cost} is allowed. Ask for smaller pages, or for fewer lists within lists.`
  return null
}
