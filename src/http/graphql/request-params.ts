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

/** By the media type of the body. A map, because a client could name a member that every object has. */
const READERS = new Map<string, ReadParams>([
  ['application/json', paramsOfJson],
  ['application/graphql+json', paramsOfJson],
  ['application/graphql', (query) => ({ query })],
  ['application/x-www-form-urlencoded', paramsOfForm],
])
const MEDIA_TYPES = [...READERS.keys()].join(', ')

/**
 * Limits of the variables and extensions. What is below reads them by recursion, and repeats a whole object in each error
 * about one of its members. The largest that is sensible is a paper with 5,000 authors.
 */
const MOST = { levels: 50, members: 250, values: 10_000 }
const FORM_MEMBERS = 100

/** @throws UnsupportedMediaType if no body of this type is read, or BadRequest, from what it returns */
export function paramsReader(contentType: string | undefined): ReadParams {
  // Some clients send a list, which is not allowed.
  const type = contentType?.split(/[;,]/, 1)[0]?.trim().toLowerCase()
  const reader = type === undefined ? undefined : READERS.get(type)
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
  refuseTooLarge({ variables, extensions })
  // Clients that write each member always, send an empty name for none.
  return { query, operationName: operationName === '' ? undefined : operationName, variables, extensions, documentId }
}

/** @throws BadRequest */
function paramsOfForm(body: string): GraphqlParams {
  if (body.split('&', FORM_MEMBERS + 1).length > FORM_MEMBERS)
    throw new BadRequest(`A form may have at most ${FORM_MEMBERS} members.`)
  return paramsOfSearch(new URLSearchParams(body))
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
  const [variables, extensions] = [json('variables'), json('extensions')]
  refuseTooLarge({ variables, extensions })
  return {
    query: text('query'),
    operationName: text('operationName'),
    variables,
    extensions,
    documentId: text('documentId'),
  }
}

/**
 * Refuses values with too many levels, members or values inside.
 *
 * @param members the values by the names that the errors say
 * @throws BadRequest
 */
export function refuseTooLarge(members: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(members)) {
    let values = 0
    const refuse = (what: string) => new BadRequest(`\`${name}\` may have at most ${what}.`)
    const read = (value: unknown, level: number): void => {
      values += 1
      if (values > MOST.values) throw refuse(`${MOST.values.toLocaleString('en')} values`)
      if (typeof value !== 'object' || value === null) return
      if (level === MOST.levels) throw refuse(`${MOST.levels} levels of lists and objects`)
      const inside = Object.values(value)
      if (!Array.isArray(value) && inside.length > MOST.members) throw refuse(`${MOST.members} members in each object`)
      for (const member of inside) read(member, level + 1)
    }
    read(value, 0)
  }
}

/** @throws BadRequest */
export function parseJson(text: string, subject: string): unknown {
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
  return hash('sha256', `${JSON.stringify([query, operationName ?? null])}${canonical(variables ?? {})}`, 'base64url')
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
