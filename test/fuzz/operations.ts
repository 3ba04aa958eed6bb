import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  typeFromAST,
} from 'graphql'
import type { Known } from './addresses.ts'
import type { Random } from './random.ts'
import { oddText } from './texts.ts'

const SCHEMA = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'))

export interface Operation {
  query: string
  variables: Record<string, unknown>
}

const INTEGERS = [0, 1, 2, 20, 100, 101, -1, 2_147_483_647, -2_147_483_648]
const SCALARS: Record<string, (known: Known, random: Random) => unknown> = {
  Int: (_, random) => random.pick(INTEGERS),
  Float: (_, random) => random.pick([...INTEGERS, 0.5, 1e300, -0]),
  Boolean: (_, random) => random.chance(0.5),
  ID: (known, random) => (random.chance(0.7) ? random.pick(known.ids) : oddText(random)),
  String: (known, random) =>
    random.chance(0.5) ? oddText(random) : random.pick(random.pick([known.cursors, known.arxivIds, known.slugs])),
  Date: (_, random) => random.pick(['2026-02-03', '2025-01-01', '2026-02-30', '9999-12-31', '0001-01-01']),
  URL: (known, random) => `https://arxiv.org/abs/${random.pick(known.arxivIds)}`,
  DateTime: (_, random) =>
    random.pick(['2026-02-03T00:00:00Z', '2026-02-03T23:59:59.999+14:00', '1600-01-01T00:00:00Z']),
}

/** An operation that the schema allows, with odd values. Most are sent as a client's library would send them. */
export function operation(known: Known, random: Random): Operation {
  const root = random.chance(0.85)
    ? SCHEMA.getQueryType()
    : random.pick([SCHEMA.getMutationType(), SCHEMA.getSubscriptionType()])
  const writer = new Writer(known, random)
  const kind =
    root === SCHEMA.getQueryType() ? 'query' : root === SCHEMA.getMutationType() ? 'mutation' : 'subscription'
  const selection = writer.selectionOf(root as GraphQLNamedType, 3 + random.below(4))
  const declared = writer.declarations.length === 0 ? '' : `(${writer.declarations.join(', ')})`
  return { query: `${kind} Q${declared} ${selection}`, variables: writer.variables }
}

/** Odd values for the variables of a document. */
export function variablesFor(query: string, known: Known, random: Random): Record<string, unknown> {
  const operation = getOperationAST(parse(query))
  const writer = new Writer(known, random)
  const given = (operation?.variableDefinitions ?? []).filter(
    ({ type, defaultValue }) => (type.kind === Kind.NON_NULL_TYPE && !defaultValue) || random.chance(0.4),
  )
  return Object.fromEntries(
    given.map(({ variable, type }) => [
      variable.name.value,
      writer.valueOf({ type: typeFromAST(SCHEMA, type as never) as unknown as GraphQLInputType }),
    ]),
  )
}

class Writer {
  declarations: string[] = []
  variables: Record<string, unknown> = {}
  #known: Known
  #random: Random

  constructor(known: Known, random: Random) {
    this.#known = known
    this.#random = random
  }

  selectionOf(type: GraphQLNamedType, levels: number): string {
    const random = this.#random
    if (isAbstractType(type)) {
      const members = SCHEMA.getPossibleTypes(type).filter(() => random.chance(0.5))
      const fragments = members.map((member) => `... on ${member.name} ${this.selectionOf(member, levels)}`)
      return `{ __typename ${fragments.join(' ')} }`
    }
    const fields = Object.values((type as GraphQLObjectType).getFields())
    const isFit = (field: (typeof fields)[number]) => levels > 0 || isLeafType(getNamedType(field.type))
    const fit = fields.filter(isFit)
    const names = random.times(1 + random.below(3), () => (fit.length === 0 ? undefined : random.pick(fit)))
    const written = names.flatMap((field, place) => {
      if (field === undefined) return []
      const given = field.args.filter((argument) => isNonNullType(argument.type) || random.chance(0.4))
      const args = given.length === 0 ? '' : `(${given.map((argument) => this.#argument(argument)).join(', ')})`
      const named = getNamedType(field.type)
      const below = isLeafType(named) ? '' : ` ${this.selectionOf(named, levels - 1)}`
      return [`${random.chance(0.9) ? `f${place}: ` : ''}${field.name}${args}${below}`]
    })
    return `{ ${written.join(' ') || '__typename'} }`
  }

  #argument(argument: GraphQLArgument): string {
    const value = this.valueOf(argument)
    const name = `v${this.declarations.length}`
    this.declarations.push(`$${name}: ${argument.type}`)
    this.variables[name] = value
    return `${argument.name}: $${name}`
  }

  valueOf({ type }: Pick<GraphQLArgument | GraphQLInputField, 'type'>): unknown {
    return this.#random.chance(0.02) ? this.#random.pick([null, 7, 'x', [], {}]) : this.#typed(type)
  }

  #typed(type: GraphQLInputType): unknown {
    const random = this.#random
    if (isNonNullType(type)) return this.#typed(type.ofType)
    if (isListType(type)) return random.times(random.pick([0, 1, 2, 3, 101]), () => this.#typed(type.ofType))
    if (isEnumType(type)) return random.pick(type.getValues()).name
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields())
      const given = type.isOneOf
        ? [random.pick(fields)]
        : fields.filter((field) => isNonNullType(field.type) || random.chance(0.25))
      return Object.fromEntries(given.map((field) => [field.name, this.valueOf(field)]))
    }
    const scalar = SCALARS[type.name]
    return scalar ? scalar(this.#known, random) : oddText(random)
  }
}
