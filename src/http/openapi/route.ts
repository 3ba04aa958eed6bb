import { errorJson } from '../cache/response.ts'
import type { Route } from '../routes/route.ts'

/** The text of each server that this process is: one, or several in tests. It depends on nothing else. */
const texts = new Map<string, Promise<string>>()

/** Most servers are never asked for it, so what makes it is loaded by the first request. */
async function textOf(publicUrl: string): Promise<string> {
  const { openapiDocument } = await import('./document.ts')
  return JSON.stringify(openapiDocument(publicUrl))
}

const openapi: Route<null> = {
  name: 'openapi',
  path: /^\/openapi\.json$/,
  parse: () => null,
  cacheKey: () => '/openapi.json',
  respond: async (_, { publicUrl }) => {
    const text = texts.get(publicUrl) ?? textOf(publicUrl)
    texts.set(publicUrl, text)
    return { contentType: 'application/json; charset=utf-8', body: await text }
  },
  refuse: ({ status, message }) => errorJson(message, status),
}

export const OPENAPI_ROUTES: readonly Route[] = [openapi]
