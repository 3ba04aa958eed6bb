import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The parameters of a GraphQL request as they were sent. They are an object; nothing else has been checked. */
export type Params = Record<string, unknown>

/** The parameters in a body; null if Yoga has to refuse it: not JSON, or not a single operation. */
export function paramsOfBody(body: string): Params | null {
  try {
    const params = JSON.parse(body)
    return isObject(params) ? params : null
  } catch {
    return null
  }
}

/** The parameters in a URL; null if there are none or Yoga has to refuse them. */
export function paramsOfUrl(url: string): Params | null {
  const start = url.indexOf('?')
  if (start < 0) return null
  const given = new URLSearchParams(url.slice(start + 1))
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

/** Replaces the parameters of a request. */
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

/** The same key for the same operation with the same variables; null if the parameters have wrong types. */
export function operationKey({ query, operationName, variables, extensions, ...others }: Params): string | null {
  if (typeof query !== 'string' || (operationName != null && typeof operationName !== 'string')) return null
  if ((variables != null && !isObject(variables)) || (extensions != null && !isObject(extensions))) return null
  if (Object.values(others).some((value) => value != null)) return null
  try {
    return hash('sha256', `${JSON.stringify([query, operationName ?? null])}${canonical(variables ?? {})}`, 'base64url')
  } catch {
    // Nested too deeply for JSON.stringify.
    return null
  }
}

/** JSON with sorted object keys. Numbers are written as in JavaScript, because JSON has no Infinity. */
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
