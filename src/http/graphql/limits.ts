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
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from 'graphql'

/**
 * Limits of one operation, documented for clients. They leave room for a page of 100 papers with everything that a page
 * shows, and for the introspection queries of all tools.
 */
export const LIMITS = { tokens: 2_000, depth: 15, aliases: 50, cost: 25_000, fields: 5_000 }

/**
 * How much of the cost is one point of the rate limit: about one paper with its authors and topics. The largest operation
 * that `LIMITS` allows is then what an address without a token may spend in a minute by default.
 */
const COST_OF_A_POINT = 25

/** What an operation of this cost spends, in points of the rate limit; one that is refused because of its cost, 1. */
export const pointsOf = (cost: number): number =>
  cost > LIMITS.cost ? 1 : Math.max(1, Math.ceil(cost / COST_OF_A_POINT))

/** The assumed length of a list without a page size. */
const ASSUMED_LENGTH = 10

/** A larger page is refused in any case, with an error that is clearer than one about the cost. */
const MAX_LENGTH = 100

/** Of the schema, which tools read once. It takes as long as some searches, and without a statement. */
const SCHEMA_COST = 2_000

/** A connection needs at least one statement, even if it is empty. */
const CONNECTION_COST = 5

/** The extensions of a field in the schema: its cost beside that of its objects, and the possible length of its list. */
export interface CostExtensions {
  cost?: number | ((argument: (name: string) => unknown) => number)
  length?: (argument: (name: string) => unknown) => number
  /** A sentence for clients that says what the cost depends on, if it is not the same each time. */
  costAdvice?: string
}

/** The size of an operation, in the units of `LIMITS`. */
export interface OperationSize {
  depth: number
  aliases: number
  cost: number
  /** Whether a field costs more than the objects that it returns: it reads a whole list, or many papers as a search does. */
  readsLists: boolean
  /** The fields of the document, those in fragments once for each time that they are spread: so often they are compiled. */
  fields: number
}

interface MeasuredSize extends OperationSize {
  /** The largest parts of the cost, if they were requested. */
  parts: readonly CostPart[]
}

/** What a field costs in an operation, without the fields inside it. Equal paths are one part. */
export interface CostPart {
  /** From the root, with page sizes: `papers(first: 20).nodes.voteHistory`. */
  path: string
  cost: number
  advice: string | undefined
}

/** Sizes that do not depend on variables. Parsed documents are cached, so the same text is the same object. */
const sizes = new WeakMap<OperationDefinitionNode, OperationSize>()

/** Like `measure`, but an operation whose size does not depend on variables is measured once. */
export function operationSize(...operation: Parameters<typeof measure>): OperationSize {
  const [, , definition] = operation
  const known = sizes.get(definition)
  if (known) return known
  const { usesVariables, parts: _, ...size } = measure(...operation)
  if (!usesVariables) sizes.set(definition, size)
  return size
}

/**
 * Measures an operation, and tells whether its size depends on variables. The cost is the number of objects that it can
 * return, with page sizes as multipliers, plus five for each connection, plus the costs that fields declare. Introspection
 * is measured too; there an alias costs as much as an object, because repeated descriptions make such a result large.
 *
 * @param variables as the client sent them; page sizes may depend on them
 * @param hasParts whether to name the fields that cost most, for an error
 */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  hasParts = false,
): MeasuredSize & { usesVariables: boolean } {
  let usesVariables = false
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)

  // A fragment is measured once for each list length around it: fragments that spread each other twice would otherwise take
  // exponential time.
  const measured = new Map<string, MeasuredSize>()

  function ofSelections(selections: SelectionSetNode, parent: GraphQLCompositeType, length: number): MeasuredSize {
    const size = { ...NOTHING }
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
      size.readsLists ||= part.readsLists
      size.fields += part.fields
      if (hasParts) size.parts = largestOf([...size.parts, ...part.parts])
    }
    return size
  }

  function ofFragment(name: string, length: number): MeasuredSize {
    const key = `${name} ${length}`
    const known = measured.get(key)
    if (known) return known
    const fragment = fragments.get(name)
    const type = typeNamed(fragment?.typeCondition.name.value)
    // Validation refuses fragments that contain themselves; this entry ends the recursion if it has not run.
    measured.set(key, NOTHING)
    const size = fragment && type ? ofSelections(fragment.selectionSet, type, length) : NOTHING
    measured.set(key, size)
    return size
  }

  /** `length` is the page size of the connection that the field belongs to. */
  function ofField(field: FieldNode, parent: GraphQLCompositeType, length: number): MeasuredSize {
    const aliases = field.alias ? 1 : 0
    const name = field.name.value
    const definition = definitionOf(parent, name)
    if (!definition) return { ...NOTHING, depth: 1, aliases, fields: 1 }
    const type = getNamedType(definition.type)
    const { cost = 0, length: longest, costAdvice } = definition.extensions as CostExtensions
    const argument = (name: string) => valueOfArgument(field, name)
    const declared = typeof cost === 'function' ? cost(argument) : cost
    const own = definition === SchemaMetaFieldDef ? SCHEMA_COST : declared
    const advice = own > 0 || longest ? (costAdvice ?? `Each \`${name}\` costs ${inDigits(own)}.`) : undefined
    if (!field.selectionSet || !isCompositeType(type)) {
      const cost = own + (isIntrospectionType(parent) ? aliases : 0)
      const parts = hasParts ? [{ path: name, cost, advice }] : NO_PARTS
      return { depth: 1, aliases, cost, readsLists: declared > 0, fields: 1, parts }
    }

    const pageSize = pageSizeOf(field, definition.args)
    const isList = isListType(getNullableType(definition.type))
    // The result of a field that may be refused is a union of the connection and of refusals.
    const isConnection = (isUnionType(type) ? type.getTypes() : [type]).some(({ name }) => name.endsWith('Connection'))
    const inConnection = parent.name.endsWith('Connection')
    const objects = isList ? (pageSize ?? (inConnection ? length : (longest?.(argument) ?? ASSUMED_LENGTH))) : 1
    const inside = ofSelections(field.selectionSet, type, isConnection ? (pageSize ?? length) : length)
    const outside = own + objects + (isConnection ? CONNECTION_COST - 1 : 0)
    return {
      depth: inside.depth + 1,
      aliases: inside.aliases + aliases,
      cost: outside + objects * inside.cost,
      readsLists: declared > 0 || inside.readsLists,
      fields: inside.fields + 1,
      parts: hasParts ? partsOf(field, pageSize, { cost: outside, advice }, objects, inside.parts) : NO_PARTS,
    }
  }

  /** The part of a field and the parts inside it, which count once for each of its objects. */
  function partsOf(
    field: FieldNode,
    pageSize: number | null,
    own: Omit<CostPart, 'path'>,
    objects: number,
    inside: readonly CostPart[],
  ): CostPart[] {
    const named = ['first', 'last', 'ids'].find((name) => valueOfArgument(field, name) != null) ?? 'first'
    const path = pageSize === null ? field.name.value : `${field.name.value}(${named}: ${pageSize})`
    const parts = inside.map((part) => ({ ...part, path: `${path}.${part.path}`, cost: part.cost * objects }))
    return [{ path, ...own }, ...parts]
  }

  function definitionOf(parent: GraphQLCompositeType, name: string) {
    if (parent === schema.getQueryType()) {
      if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
      if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
    }
    return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
  }

  /** The number of requested objects: `first`, `last` or the length of a list of ids; null for a field without such arguments. */
  function pageSizeOf(field: FieldNode, args: readonly { name: string }[]): number | null {
    const given = (name: string) => valueOfArgument(field, name)
    const wanted = args.find(({ name }) => name === 'ids' || name === 'identifiers')
    if (wanted) {
      const ids = given(wanted.name)
      return Array.isArray(ids) ? Math.min(ids.length, MAX_LENGTH) : 1
    }
    if (!args.some(({ name }) => name === 'first')) return null
    const size = given('first') ?? given('last')
    return typeof size === 'number' && size > 0 ? Math.min(size, MAX_LENGTH) : 20
  }

  function valueOfArgument(field: FieldNode, name: string): unknown {
    const argument = field.arguments?.find((candidate) => candidate.name.value === name)
    return argument && literal(argument.value)
  }

  function literal(node: ValueNode): unknown {
    if (node.kind === Kind.VARIABLE) {
      usesVariables = true
      const name = node.name.value
      if (Object.hasOwn(variables, name)) return variables[name]
      const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)
      return definition?.defaultValue && literal(definition.defaultValue)
    }
    if (node.kind === Kind.INT) return Number(node.value)
    if (node.kind === Kind.STRING) return node.value
    if (node.kind === Kind.OBJECT)
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, literal(value)]))
    return node.kind === Kind.LIST ? node.values : undefined
  }

  function typeNamed(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : schema.getType(name)
    return isCompositeType(type) ? type : undefined
  }

  const root = schema.getRootType(operation.operation)
  const size = root ? ofSelections(operation.selectionSet, root, 1) : NOTHING
  return { ...size, usesVariables }
}

const NO_PARTS: readonly CostPart[] = []
const NOTHING: MeasuredSize = { depth: 0, aliases: 0, cost: 0, readsLists: false, fields: 0, parts: NO_PARTS }

/** A bound for fragments that spread each other; an error names fewer. */
const KEPT_PARTS = 20

/** The largest parts, with the costs of equal paths added. */
function largestOf(parts: readonly CostPart[]): CostPart[] {
  const byPath = new Map<string, CostPart>()
  for (const part of parts) {
    const known = byPath.get(part.path)
    byPath.set(part.path, known ? { ...part, cost: known.cost + part.cost } : part)
  }
  return [...byPath.values()].sort((a, b) => b.cost - a.cost).slice(0, KEPT_PARTS)
}

/**
 * What to say about the limit that an operation exceeds, or null.
 *
 * @param parts the largest parts of the cost; they are measured only for the error
 */
export function excessOf(
  { depth, aliases, cost, fields }: OperationSize,
  parts: () => readonly CostPart[],
): string | null {
  if (depth > LIMITS.depth)
    return `The operation is ${depth} levels deep; at most ${LIMITS.depth} are allowed. Request the inner levels in another operation.`
  if (aliases > LIMITS.aliases)
    return `The operation has ${inDigits(aliases)} aliases; at most ${LIMITS.aliases} are allowed. Split it.`
  if (cost > LIMITS.cost)
    return `The operation costs ${inDigits(cost)}; at most ${inDigits(LIMITS.cost)} is allowed. ${describeParts(cost, parts())}`
  if (fields > LIMITS.fields)
    return `The operation has ${inDigits(fields)} fields, with those of each fragment each time that it is spread; at most ${inDigits(LIMITS.fields)} are allowed. Spread fragments less often.`
  return null
}

const inDigits = (count: number): string => count.toLocaleString('en')

/** An error names at most so many fields, and none that has a smaller share of the cost. */
const NAMED = { parts: 3, share: 0.05 }

/** The fields that cost most, and what lowers the cost. */
function describeParts(cost: number, parts: readonly CostPart[]): string {
  const named = parts.filter((part) => part.cost >= cost * NAMED.share).slice(0, NAMED.parts)
  const fields = named.map((part) => `\`${part.path}\` (${inDigits(part.cost)})`)
  const advice = new Set(named.flatMap((part) => part.advice ?? []))
  return [
    ...(fields.length > 0 ? [`Most of it: ${fields.join(', ')}.`] : []),
    ...advice,
    'Request smaller pages, or fewer lists within lists.',
  ].join(' ')
}
