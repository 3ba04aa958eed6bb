import { type GraphQLSchema, isObjectType } from 'graphql'

/**
 * Removes the resolvers of fields that return a property of the same name: graphql-js reads these itself, and a page
 * has hundreds of them.
 */
export function readDirectly(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type))
      for (const field of Object.values(type.getFields()))
        if (field.extensions.pothosExposedField === field.name) delete field.resolve
  return schema
}
