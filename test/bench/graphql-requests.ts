import type { Operation, Variables } from './operations.ts'
import type { Request } from './requests.ts'

/** An operation as a POST of GraphQL over HTTP. */
export const graphqlRequest = (operation: Operation, variables: Variables): Request => ({
  method: 'POST',
  path: '/graphql',
  headers: operation.headers?.(variables) ?? {},
  body: JSON.stringify({ query: operation.document, operationName: operation.name, variables }),
})

/** The same as a GET, for caches on the way. */
export const graphqlGet = ({ document, name }: Operation, variables: Variables): Request => {
  const query = new URLSearchParams({ query: document, operationName: name, variables: JSON.stringify(variables) })
  return { method: 'GET', path: `/graphql?${query}` }
}
