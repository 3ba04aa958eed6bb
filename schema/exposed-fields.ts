import { type GraphQLSchema, isObjectType } from 'graphql'

/**
 * Takes away the resolvers of fields that answer a property of their own name: GraphQL reads these by itself, and a page
 * has hundreds of them.
 */
export function readDirectly(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type))
      for (const field of Object.values(type.getFields()))
        if (field.extensions.pothosExposedField === field.name) delete field.resolve
  return schema
}
