import {
  execute,
  GraphQLEnumType,
  GraphQLError,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from 'graphql'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { compileOwn, run } from '../../../src/http/graphql/compiled-queries.ts'
import { describeError } from '../../../src/http/graphql/errors.ts'
import type { RequestTrace } from '../../../src/http/request-trace.ts'
import { BadUserInput } from '../../../src/values/errors.ts'

// Errors of the executor itself: the server's fault, whether graphql-js or graphql-jit runs the operation.

const Thing = new GraphQLInterfaceType({
  name: 'Thing',
  fields: { id: { type: GraphQLString } },
  resolveType: ({ type }) => type,
})
const Stone = new GraphQLObjectType({
  name: 'Stone',
  interfaces: [Thing],
  isTypeOf: ({ type }) => type === 'Stone',
  fields: { id: { type: GraphQLString } },
})
const Colour = new GraphQLEnumType({ name: 'Colour', values: { RED: {} } })
const returning = (value: unknown) => () => value
const size = { type: new GraphQLNonNull(GraphQLInt), defaultValue: 1 }
const schema = new GraphQLSchema({
  types: [Stone],
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      untyped: { type: Thing, resolve: returning({}) },
      untypedLater: { type: Thing, resolve: async () => ({}) },
      otherwiseTyped: { type: Thing, resolve: returning({ type: 'Query' }) },
      things: { type: new GraphQLList(Thing), resolve: returning([{ type: 'Stone' }, {}]) },
      notAStone: { type: Stone, resolve: returning({ type: 'Sand' }) },
      large: { type: GraphQLInt, resolve: returning(2 ** 40) },
      blue: { type: Colour, resolve: returning('BLUE') },
      noList: { type: new GraphQLList(GraphQLInt), resolve: returning(5) },
      missing: { type: new GraphQLNonNull(GraphQLString), resolve: returning(null) },
      thrown: {
        type: GraphQLString,
        resolve: () => {
          throw new Error('secret')
        },
      },
      sized: { type: GraphQLInt, args: { size }, resolve: (_, { size }) => size },
      refused: {
        type: GraphQLString,
        resolve: () => {
          throw new BadUserInput('size', '`size` is wrong.')
        },
      },
    },
  }),
})

const TRACE: RequestTrace = {
  id: 'a-request',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  route: 'graphql',
  operation: null,
  cache: 'none',
  code: null,
}

/** What our executor reads of a context. */
const contextValue = { unknown: { found: null } }

const EXECUTORS = {
  'graphql-js': (query: string, variableValues: Record<string, unknown>) =>
    execute({ schema, document: parse(query), variableValues, contextValue }),
  'graphql-jit': (query: string, variableValues: Record<string, unknown>) => {
    const document = parse(query)
    return run(compileOwn(schema, document), { schema, document, variableValues, contextValue })
  },
}

/** The first error, as a client gets it, and what is logged about it. */
async function described(executor: keyof typeof EXECUTORS, query: string, variables: Record<string, unknown> = {}) {
  const logged: Record<string, unknown>[] = []
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const result = await EXECUTORS[executor](query, variables)
  const [error] = result?.errors ?? []
  expect(error).toBeInstanceOf(GraphQLError)
  return { error: describeError(error, log, TRACE), logged }
}

const executors = Object.keys(EXECUTORS) as (keyof typeof EXECUTORS)[]

test.each(
  executors.flatMap((executor) =>
    [
      ['untyped { id }', ['untyped']],
      ['a: untypedLater { id }', ['a']],
      ['otherwiseTyped { id }', ['otherwiseTyped']],
      ['things { id }', ['things', 1]],
      ['notAStone { id }', ['notAStone']],
      ['large', ['large']],
      ['blue', ['blue']],
      ['noList', ['noList']],
      ['missing', ['missing']],
      ['thrown', ['thrown']],
    ].map(([field, path]) => [executor, field as string, path] as const),
  ),
)('%s: { %s } is a failure of the server, and is logged', async (executor, field, path) => {
  const { error, logged } = await described(executor, `{ ${field} }`)
  const { code, id } = error.extensions
  expect({ code, path: error.path }).toEqual({ code: 'INTERNAL_SERVER_ERROR', path })
  expect(error.message).toContain(`report it with the id ${id}`)
  expect(error.locations).toEqual([{ line: 1, column: 3 }])
  expect(id).toBe(TRACE.id)
  expect(logged).toMatchObject([
    { level: 50, requestId: id, traceparent: TRACE.traceparent, path, err: { message: expect.any(String) } },
  ])
})

test.each(executors)('%s: a wrong value from the client is not', async (executor) => {
  const query = 'query ($size: Int) { sized(size: $size) }'
  const { error, logged } = await described(executor, query, { size: null })
  expect(error.extensions.code).toBe('BAD_USER_INPUT')
  expect(error.message).toBe('Argument "size" of non-null type "Int!" must not be null.')
  const refused = await described(executor, '{ refused }')
  expect(refused.error.extensions).toEqual({ code: 'BAD_USER_INPUT', argument: 'size' })
  expect([...logged, ...refused.logged]).toEqual([])
})

test('a wrong variable is not a failure of the server', async () => {
  const query = 'query ($size: Int!) { sized(size: $size) }'
  for (const variables of [{}, { size: null }, { size: 'x' }, { size: 2 ** 40 }]) {
    const { error, logged } = await described('graphql-js', query, variables)
    expect(error.extensions.code).toBe('BAD_USER_INPUT')
    expect(logged).toEqual([])
  }
})
