import { graphqlRequest } from './graphql-requests.ts'
import type { Operation, Variables } from './operations.ts'
import { postgraphileDocuments } from './postgraphile-documents.ts'
import type { Request } from './requests.ts'

/** How a kind of server wants to be asked, and how its answers are read. */
export interface Dialect {
  /** The request for an operation; null where this kind of server does not have it. */
  request(operation: Operation, variables: Variables): Request | null
  /** The data of an answer in the form that all kinds share. */
  data(operation: Operation, variables: Variables, body: string): unknown
}

/** The data of a GraphQL answer. */
function dataOf(body: string): Record<string, unknown> {
  const { data, errors } = JSON.parse(body)
  if (errors !== undefined) throw new Error(`errors in an answer: ${body.slice(0, 1_000)}`)
  return data
}

/** This project's schema, or a part of it. */
const graphql = (hasIt: (operation: Operation) => boolean): Dialect => ({
  request: (operation, variables) => {
    if (!hasIt(operation)) return null
    return operation.request?.(variables) ?? graphqlRequest(operation, variables)
  },
  data: (operation, _variables, body) => (operation.request ? body : normalise(dataOf(body))),
})

export const OURS = graphql(() => true)
export const PEER = graphql((operation) => !operation.oursOnly)

/** A bare server that is told the name of the operation. */
export const FLOOR: Dialect = {
  request: (operation, variables) => {
    if (operation.oursOnly && !operation.floorVariables) return null
    const body = JSON.stringify({
      operation: operation.name,
      variables: operation.floorVariables?.(variables) ?? variables,
    })
    return { method: 'POST', path: '/', body }
  },
  data: (_operation, _variables, body) => normalise(dataOf(body)),
}

export const FLOOR_ROWS: Dialect = {
  request: (operation, variables) => (operation.oursOnly ? null : FLOOR.request(operation, variables)),
  data: FLOOR.data,
}

/** A schema made from the tables, which has its own words for everything. */
export function postgraphile(cursorPrefix: string): Dialect {
  return {
    request: (operation, variables) => {
      const own = postgraphileDocuments[operation.name]
      if (!own) return null
      return {
        method: 'POST',
        path: '/graphql',
        body: JSON.stringify({
          query: own.document,
          operationName: operation.name,
          variables: own.variables?.(variables, cursorPrefix) ?? variables,
        }),
      }
    },
    data: (operation, variables, body) => {
      const data = dataOf(body)
      return normalise(postgraphileDocuments[operation.name]?.data?.(data, variables) ?? data)
    },
  }
}

const CONNECTIONS = ['papers', 'authors']

/** Join rows without what they join, a bare list as the nodes of a connection, instants written one way, no cursors. */
function normalise(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) {
    const list = value.map((member) => normalise(member))
    return key !== undefined && CONNECTIONS.includes(key) ? { nodes: list } : list
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([name]) => name !== 'endCursor')
    const [first, ...more] = entries
    if (first?.[0] === 'node' && more.length === 0) return normalise(first[1])
    return Object.fromEntries(entries.map(([name, member]) => [name, normalise(member, name)]))
  }
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:/.test(value) ? new Date(value).toISOString() : value
}
