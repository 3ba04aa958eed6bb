import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, type GraphQLInputObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { PAPER_QUERY_PARAMETERS } from '../../src/formats/query-string.ts'
import { EMBED_ROUTES, embedScript } from '../../src/http/routes/embed.ts'
import type { Route } from '../../src/http/routes/route.ts'
import { FILTER_FIELDS, type FilterKind } from '../../src/lists/filter-fields.ts'
import { ROOT } from '../support/program.ts'

// The filter means the same in every output. What each output says of it follows from FILTER_FIELDS, or is compared here.

const FIELDS = Object.entries(FILTER_FIELDS).map(([name, { kind }]) => ({ name, kind }))

/** What a field of each kind is in GraphQL. */
const TYPES: Record<FilterKind, string> = {
  list: '[String!]',
  day: 'Date',
  moment: 'DateTime',
  integer: 'Int',
  flag: 'Boolean',
  papers: '[String!]',
  search: 'String',
}

test('GraphQL has every field of the filter with the type of its kind', async () => {
  const schema = buildSchema(await readFile(join(ROOT, 'schema/schema.graphql'), 'utf8'))
  const input = schema.getType('PaperFilter') as GraphQLInputObjectType
  const types = Object.values(input.getFields()).map(({ name, type }) => [name, String(type)])
  expect(Object.fromEntries(types)).toEqual(Object.fromEntries(FIELDS.map(({ name, kind }) => [name, TYPES[kind]])))
})

test('an address has every field of the filter, and an edition in place of its days', () => {
  expect(PAPER_QUERY_PARAMETERS).toEqual([...FIELDS.map(({ name }) => name), 'edition', 'orderBy', 'first'])
})

test('the embed element has an attribute for every parameter of an address', async () => {
  const page = embedScript('https://papers.example')
  const script = EMBED_ROUTES.find(({ path }) => path.test('/embed.js')) as Route<string>
  const { body } = await script.respond(page.url.split('/').at(-1) as string, null as never)
  const [, attributes = ''] = /const FIELDS = '([^']*)'/.exec(String(body)) ?? []
  const parameters = attributes.split(/\s+/).map((name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()))
  expect(parameters).toEqual(PAPER_QUERY_PARAMETERS)
})

const README = join(ROOT, 'schema/README.md')

test.runIf(existsSync(README))('the documentation has every field of the filter', async () => {
  const [, table = ''] = /^## Filter fields$(.*?)^## /ms.exec(await readFile(README, 'utf8')) ?? []
  const names = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  expect(names).toEqual(FIELDS.map(({ name }) => name))
})
