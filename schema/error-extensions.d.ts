import type { ErrorCode } from '../src/values/error-codes.ts'

// The type checker refuses a GraphQLError whose code is not in the registry.
declare module 'graphql' {
  interface GraphQLErrorExtensions {
    code?: ErrorCode
  }
}
