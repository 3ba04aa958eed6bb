import {
  type GraphQLInputType,
  type GraphQLObjectType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../schema/index.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer(database)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

/** A value of a scalar in a document. */
const SCALARS: Record<string, string> = {
  ID: '"x"',
  String: '"x"',
  Int: '1',
  Float: '1',
  Boolean: 'true',
  Date: '"2026-02-17"',
  DateTime: '"2026-02-17T09:00:00Z"',
  URL: '"https://example.org/"',
  EmailAddress: '"ada@example.org"',
}

/** A value of an input type, without optional fields. */
function sampleOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return sampleOf(type.ofType)
  if (isListType(type)) return `[${sampleOf(type.ofType)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name as string
  if (!isInputObjectType(type)) return SCALARS[type.name] as string
  const fields = Object.values(type.getFields()).filter(isRequiredInputField)
  return `{ ${fields.map(({ name, type }) => `${name}: ${sampleOf(type)}`).join(', ')} }`
}

/** Those that need no token. */
const PUBLIC = ['subscribeToDigest']

const MUTATIONS = Object.values((schema.getMutationType() as GraphQLObjectType).getFields()).map(({ name, args }) => ({
  name,
  document: `mutation { ${name}(${args
    .filter(isRequiredArgument)
    .map(({ name, type }) => `${name}: ${sampleOf(type)}`)
    .join(', ')}) { __typename ... on Error { message } } }`,
}))

test.each(MUTATIONS.filter(({ name }) => !PUBLIC.includes(name)))(
  '$name refuses anonymous requests and tokens without a scope',
  async ({ name, document }) => {
    const anonymous = await server.ask(document)
    expect(anonymous.errors).toBeUndefined()
    expect(anonymous.data[name]).toEqual({
      __typename: 'UnauthenticatedError',
      message: expect.stringMatching(/^Sign in to .*\.$/),
    })
    const reader = await server.tokenOf('reader', ['read'])
    const { data } = await server.ask(document, {}, reader)
    expect(data[name]).toEqual({
      __typename: expect.stringMatching(/^(UnauthenticatedError|ForbiddenError)$/),
      message: expect.stringMatching(/needs the scope "\w+"\.$/),
    })
  },
)
