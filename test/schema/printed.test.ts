import { readFile } from 'node:fs/promises'
import {
  buildSchema,
  type GraphQLInterfaceType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  parse,
  visit,
} from 'graphql'
import { expect, test } from 'vitest'
import { NODE_TYPES } from '../../schema/global-id.ts'
import { printSchema } from '../../schema/print.ts'

test('schema.graphql is what the code says; npm run schema writes it', async () => {
  const committed = await readFile(new URL('../../schema/schema.graphql', import.meta.url), 'utf8')
  expect(committed).toBe(printSchema())
})

test('every directive that the schema uses is defined in it, except those that all tools know', () => {
  const document = parse(printSchema())
  const [first] = document.definitions
  expect(first).toMatchObject({ kind: Kind.DIRECTIVE_DEFINITION, name: { value: 'oneOf' } })
  const used = new Set<string>()
  const defined = ['deprecated', 'include', 'skip', 'specifiedBy']
  visit(document, {
    Directive: ({ name }) => void used.add(name.value),
    DirectiveDefinition: ({ name }) => void defined.push(name.value),
  })
  expect(used).toContain('oneOf')
  expect([...used].filter((name) => !defined.includes(name))).toEqual([])
})

test('every type, field, argument and enum value has a description', () => {
  const bare: string[] = []
  const look = (name: string, description: string | null | undefined) => {
    if (!description?.trim()) bare.push(name)
  }
  for (const type of Object.values(buildSchema(printSchema()).getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue
    look(type.name, type.description)
    if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value.description)
    if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field.description)
        if ('args' in field)
          for (const arg of field.args) look(`${type.name}.${field.name}(${arg.name})`, arg.description)
      }
  }
  expect(bare).toEqual([])
})

test('what can be null says when, and what has a limit says which', () => {
  const silent: string[] = []
  for (const type of Object.values(buildSchema(printSchema()).getTypeMap())) {
    if (type.name.startsWith('__') || !isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const nullable = !String(field.type).endsWith('!') || String(field.type).includes('[Node]')
      if (nullable && !/\bnull\b/i.test(field.description ?? '')) silent.push(`${type.name}.${field.name}`)
      for (const arg of field.args)
        if (['first', 'last'].includes(arg.name) && !/\d+ (to|unless)/.test(arg.description ?? ''))
          silent.push(`${type.name}.${field.name}(${arg.name})`)
    }
  }
  expect(silent).toEqual([])
})

test('every scalar has the address of its specification', () => {
  const scalars = Object.values(buildSchema(printSchema()).getTypeMap()).filter(isScalarType)
  const own = scalars.filter((type) => !isSpecifiedScalarType(type))
  expect(own.length).toBeGreaterThan(2)
  expect(own.filter(({ specifiedByURL }) => !specifiedByURL?.startsWith('https://'))).toEqual([])
})

test('global ids know every type that implements Node', () => {
  const schema = buildSchema(printSchema())
  const types = schema.getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType).map(({ name }) => name)
  expect(types.toSorted()).toEqual([...NODE_TYPES].toSorted())
})
