import { GraphQLOneOfDirective, lexicographicSortSchema, printSchema as print } from 'graphql'
import { schema } from './index.ts'

// graphql-js prints no definition of the directives that it knows, and tools of before 2025 do not know this one.
const { description, name, locations } = GraphQLOneOfDirective
const ONE_OF = `"""${description}"""\ndirective @${name} on ${locations.join(' | ')}`

/** The schema as text, always in the same order. */
export const printSchema = (): string => `${ONE_OF}\n\n${print(lexicographicSortSchema(schema))}\n`
