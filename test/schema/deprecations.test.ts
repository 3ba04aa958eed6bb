import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../../schema/index.ts'
import { ROOT } from '../support/program.ts'

interface Element {
  /** `Type.field`, `Type.field(argument)` or `Type.VALUE`. */
  name: string
  deprecationReason?: string | null
}

function elementsOf(all: GraphQLSchema): Element[] {
  return Object.values(all.getTypeMap()).flatMap((type): Element[] => {
    if (type.name.startsWith('__')) return []
    if (isEnumType(type)) return type.getValues().map((value) => ({ ...value, name: `${type.name}.${value.name}` }))
    if (isInputObjectType(type))
      return Object.values(type.getFields()).map((field) => ({ ...field, name: `${type.name}.${field.name}` }))
    if (!isObjectType(type) && !isInterfaceType(type)) return []
    return Object.values(type.getFields()).flatMap((field) => {
      const name = `${type.name}.${field.name}`
      return [{ ...field, name }, ...field.args.map((argument) => ({ ...argument, name: `${name}(${argument.name})` }))]
    })
  })
}

/** What is wrong with the deprecations of a schema on a day. */
const problemsOf = (all: GraphQLSchema, today: string): string[] =>
  elementsOf(all).flatMap(({ name, deprecationReason }) => {
    if (deprecationReason == null) return []
    const [, day] = / Removed after (\d{4}-\d\d-\d\d)\.$/.exec(deprecationReason) ?? []
    if (day === undefined || Number.isNaN(Date.parse(day)))
      return [`${name}: the reason must say what to use instead and end in "Removed after 2027-06-30."`]
    return day < today ? [`${name}: remove it; the day was ${day}`] : []
  })

test('every deprecation has a day that has not passed', () => {
  expect(problemsOf(schema, new Date().toISOString().slice(0, 10))).toEqual([])
})

test('a deprecation without a day, and one whose day has passed, are found wherever they can be', () => {
  const given = buildSchema(`
    type Query {
      old: Int @deprecated(reason: "Use new. Removed after 2027-06-30.")
      undated: Int @deprecated(reason: "Use new.")
      impossible: Int @deprecated(reason: "Use new. Removed after 2027-13-01.")
      new(size: Int @deprecated(reason: "Use first. Removed after 2027-01-31."), by: By, order: Order): Int
    }
    input By { name: String @deprecated(reason: "Use slug. Removed after 2027-01-31."), slug: String }
    enum Order { A, B @deprecated }
  `)
  const names = (day: string) => problemsOf(given, day).map((problem) => problem.replace(/:.*/, ''))
  const undated = ['Query.undated', 'Query.impossible', 'Order.B']
  expect(names('2027-01-31').toSorted()).toEqual(undated.toSorted())
  expect(names('2027-02-01').toSorted()).toEqual([...undated, 'Query.new(size)', 'By.name'].toSorted())
  expect(names('2027-07-01')).toContain('Query.old')
})

const CHANGES = join(ROOT, 'schema/CHANGES.md')

test.runIf(existsSync(CHANGES))('what clients are told to use exists', async () => {
  const text = await readFile(CHANGES, 'utf8')
  const known = new Set(elementsOf(schema).map(({ name }) => name))
  const named = [...text.matchAll(/`([A-Z]\w+\.\w+)`/g)].map(([, name]) => name)
  expect(named.filter((name) => !known.has(name as string))).toEqual([])
  expect(named.length).toBeGreaterThan(40)
})
