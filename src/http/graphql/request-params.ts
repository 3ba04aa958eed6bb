import { hash } from 'node:crypto'
import { messageOf } from '../../values/errors.ts'
import { BadRequest, UnsupportedMediaType } from './refusals.ts'

/** The parameters of a GraphQL request as they were sent; their types have not been checked. Other members are ignored. */
export interface GraphqlParams {
  query?: unknown
  operationName?: unknown
  variables?: unknown
  extensions?: unknown
  documentId?: unknown
}

/** Reads the parameters in a request body. */
type ReadParams = (body: string) => GraphqlParams

/** By the media type of the body. */
const READERS: Record<string, ReadParams> = {
  'application/json': paramsOfJson,
  'application/graphql+json': paramsOfJson,
  'application/graphql': (query) => ({ query }),
  'application/x-www-form-urlencoded': (body) => paramsOfSearch(new URLSearchParams(body)),
}
const MEDIA_TYPES = Object.keys(READERS).join(', ')

/** @throws UnsupportedMediaType if no body of this type is read, or BadRequest, from what it returns */
export function paramsReader(contentType: string | undefined): ReadParams {
  // Some clients send a list, which is not allowed.
  const type = contentType?.split(/[;,]/, 1)[0]?.trim().toLowerCase()
  const reader = type === undefined ? undefined : READERS[type]
  if (reader !== undefined) return reader
  const problem = type ? `A request body of type "${type}" is not supported.` : 'The request has no Content-Type.'
  throw new UnsupportedMediaType(`${problem} Send JSON with \`Content-Type: application/json\`.`, {
    accept: MEDIA_TYPES,
  })
}

function paramsOfJson(body: string): GraphqlParams {
  const params = parseJson(body, 'The request body')
  if (Array.isArray(params)) throw new BadRequest('Batching is not supported. Send one operation per request.')
  if (!isObject(params)) throw new BadRequest('The request body must be a JSON object with the member `query`.')
  const { query, operationName, variables, extensions, documentId } = params
  // Clients that write each member always, send an empty name for none.
  return { query, operationName: operationName === '' ? undefined : operationName, variables, extensions, documentId }
}

/** @throws BadRequest */
export function paramsOfUrl(url: string): GraphqlParams {
  const start = url.indexOf('?')
  return start < 0 ? {} : paramsOfSearch(new URLSearchParams(url.slice(start + 1)))
}

function paramsOfSearch(given: URLSearchParams): GraphqlParams {
  const text = (name: string) => given.get(name) || undefined
  const json = (name: string) => {
    const value = text(name)
    return value === undefined ? undefined : parseJson(value, `\`${name}\``)
  }
  return {
    query: text('query'),
    operationName: text('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
    documentId: text('documentId'),
  }
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadRequest(
      text.trim() === '' ? `${subject} is empty; it must be JSON.` : `${subject} must be JSON: ${messageOf(error)}.`,
    )
  }
}

/** The same key for the same operation with the same variables; null if the parameters have wrong types. */
export function operationKey({ query, operationName, variables, extensions }: GraphqlParams): string | null {
  if (typeof query !== 'string' || (operationName != null && typeof operationName !== 'string')) return null
  if ((variables != null && !isObject(variables)) || (extensions != null && !isObject(extensions))) return null
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
