import { printSchema } from '../../../schema/print.ts'
import { llmsText } from '../../formats/llms-text.ts'
import { plainText } from '../cache/response.ts'
import { INERT } from './html-response.ts'
import type { Route } from './route.ts'

const TEXT = 'text/plain; charset=utf-8'

const llms: Route = {
  name: 'llms',
  path: /^\/llms\.txt$/,
  parse: () => null,
  cacheKey: () => '/llms.txt',
  respond: async (_, { publicUrl }) => ({ contentType: TEXT, body: llmsText(publicUrl), headers: INERT }),
  refuse: ({ status, message }) => plainText(message, status),
}

/** The same while the server runs, and 10 ms of work. */
let printed: string | null = null

const schemaText: Route = {
  name: 'schema',
  path: /^\/schema\.graphql$/,
  parse: () => null,
  cacheKey: () => '/schema.graphql',
  respond: async () => {
    printed ??= printSchema()
    return { contentType: TEXT, body: printed, headers: INERT }
  },
  refuse: ({ status, message }) => plainText(message, status),
}

/** Where programs learn what this server has. */
export const DISCOVERY_ROUTES: readonly Route[] = [llms, schemaText]
