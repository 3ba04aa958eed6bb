import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What a request to GraphQL asks for, as it was sent: nothing of it is checked but that it is an object. */
export type Params = Record<string, unknown>

/** The parameters of a body; null where it is not for this front to read: no JSON, or not one operation. */
export function paramsOfBody(body: string): Params | null {
  try {
    const params = JSON.parse(body)
    return isObject(params) ? params : null
  } catch {
    return null
  }
}

/** The parameters of an address; null where they are not for this front to read. */
export function paramsOfAddress(address: string): Params | null {
  const place = address.indexOf('?')
  if (place < 0) return null
  const given = new URLSearchParams(address.slice(place + 1))
  const params: Params = {}
  for (const name of ['query', 'operationName', 'documentId']) if (given.get(name)) params[name] = given.get(name)
  try {
    for (const name of ['variables', 'extensions']) {
      const text = given.get(name)
      if (text) params[name] = JSON.parse(text)
    }
  } catch {
    return null
  }
  return params
}

/** Puts parameters in the place of those that a request came with. */
export function replaceParams(request: IncomingMessage, params: Params): void {
  if (request.method === 'POST') Object.assign(request, { body: JSON.stringify(params) })
  else {
    const given = Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
    request.url = `/graphql?${new URLSearchParams(given as [string, string][])}`
  }
}

/** What makes two requests the same operation with the same variables; null where one is not as it should be. */
export function operationKey({ query, operationName, variables, extensions, ...others }: Params): string | null {
  if (typeof query !== 'string' || (operationName != null && typeof operationName !== 'string')) return null
  if ((variables != null && !isObject(variables)) || (extensions != null && !isObject(extensions))) return null
  if (Object.values(others).some((value) => value != null)) return null
  try {
    return hash('sha256', `${JSON.stringify([query, operationName ?? null])}${canonical(variables ?? {})}`, 'base64url')
  } catch {
    // Nested so deeply that it cannot be written.
    return null
  }
}

/** A value as JSON, the names of each object in order, and numbers as JavaScript writes them: JSON lacks some. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (isObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
    return `{${members.join()}}`
  }
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
