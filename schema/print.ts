import { lexicographicSortSchema, printSchema as print } from 'graphql'
import { schema } from './index.ts'

/** The schema as text, always in the same order. */
export const printSchema = (): string => `${print(lexicographicSortSchema(schema))}\n`
