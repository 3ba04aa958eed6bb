import { z } from 'zod'
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi'
import { ERROR_CODES } from '../../values/error-codes.ts'

/** A GET request as `/openapi.json` describes it. */
export interface Operation {
  /** The path, with its parameters in braces. */
  path: string
  /** The name that generated clients give it. */
  id: string
  tag: TagName
  summary: string
  description: string
  /** The parameters of the path, and those of the query: the schemas that check them, with descriptions. */
  inPath?: z.ZodObject
  query?: z.ZodObject
  /** What it returns, by media type: a schema, or null for what the media type names. */
  content: Readonly<Record<string, z.ZodType | null>>
  /** The headers of this response that others do not have. */
  headers?: z.ZodObject
  /** The media types of refusals by status, beside those that every address has. */
  refusals: Readonly<Record<number, readonly string[]>>
  /** What a response with another address means, if there are such. */
  moved?: string
  /** For an address that is not like the others: a health check has no rate limit, a picture no ETag. */
  kind?: 'health' | 'picture'
  /** Requests to try with the sample catalogue. `{server}` stands for the address of the server. */
  examples: readonly [string, ...string[]]
}

/** The parts of the document, with their descriptions. */
export const TAGS = {
  feeds: 'Lists of papers for feed readers: the filter of GraphQL as a query string.',
  bibliographies: 'The same lists for reference managers.',
  papers: 'One paper: as Markdown, and as citations.',
  changes: 'What changed, to keep a copy of the catalogue up to date.',
  embeds: 'Lists, papers and pictures for other web pages.',
  'hugging-face':
    'The daily papers in the paths and the JSON of Hugging Face, for tools that were written for them. Papers without an arXiv id are left out, because that format has no other id.',
  server: 'The server itself.',
} as const
export type TagName = keyof typeof TAGS

export const TEXT = 'text/plain'
export const JSON_TYPE = 'application/json'
export const HTML = 'text/html'

/** The forms of an error at a path that no route has. */
export const BY_ACCEPT = [TEXT, HTML, JSON_TYPE]

const ERROR = z
  .object({ error: z.string().meta({ description: 'A sentence that says what is wrong and what is allowed.' }) })
  .meta({ id: 'Error', description: 'Why there is no response.' })

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'A parameter is unknown, given twice or wrong. The text names it and says what is allowed.',
  404: 'There is nothing at this address.',
  406: '`Accept` allows no form that the server has.',
  410: ERROR_CODES.CURSOR_EXPIRED.meaning,
  429: ERROR_CODES.RATE_LIMITED.meaning,
  501: 'The format is unknown.',
  503: 'The server cannot respond at the moment: its database is away, or it has too many requests.',
}

const RETRY_AFTER = z.object({
  'Retry-After': z.int().min(0).meta({ description: 'The seconds after which it is worth another try.' }),
})

const CACHED = z.object({
  ETag: z.string().optional().meta({ description: 'For `If-None-Match`: 304 while nothing has changed.' }),
  'Cache-Control': z.string().meta({ description: 'How long the response may be used again.' }),
})

const LOCATION = z.object({ Location: z.url() })

const UNCHANGED: ZodOpenApiResponseObject = {
  id: 'Unchanged',
  description: 'Nothing has changed since the response with the ETag in `If-None-Match`.',
}

/** Each response once, so that it is one component. */
const responses = new Map<string, ZodOpenApiResponseObject>()

function refusal(status: number, forms: readonly string[]): ZodOpenApiResponseObject {
  const id = `Refused${status}${forms.map((form) => form.replace(/^.*[/+]/, '')).join('')}`
  const known = responses.get(id)
  if (known) return known
  const isPassing = status === 429 || status === 503
  const response: ZodOpenApiResponseObject = {
    id,
    description: MEANINGS[status] as string,
    content: contentOf(Object.fromEntries(forms.map((form) => [form, form === JSON_TYPE ? ERROR : null]))),
    ...(isPassing && { headers: RETRY_AFTER }),
  }
  responses.set(id, response)
  return response
}

const contentOf = (content: Operation['content']) =>
  Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: schema ?? { type: 'string' } }]))

/** An operation as OpenAPI writes it. */
export function operationObject(publicUrl: string, operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, inPath, query, content, headers, moved, refusals, kind, examples } = operation
  // A failure that passes has the form of the route's other refusals.
  const forms = Object.entries(refusals).find(([status]) => status !== '501')?.[1] ?? [TEXT]
  const ownForms =
    kind === 'health' ? refusals : { ...refusals, 429: refusals[429] ?? forms, 503: refusals[503] ?? forms }
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    ...((inPath ?? query) && { requestParams: { ...(inPath && { path: inPath }), ...(query && { query }) } }),
    responses: {
      '200': {
        description: summary,
        content: contentOf(content),
        headers: kind === 'health' ? undefined : CACHED.extend(headers?.shape ?? {}),
      },
      ...(moved !== undefined && { '302': { description: moved, headers: LOCATION } }),
      ...(kind === undefined && { '304': UNCHANGED }),
      ...Object.fromEntries(
        Object.entries(ownForms).map(([status, types]) => [status, refusal(Number(status), types)]),
      ),
    },
    'x-codeSamples': examples.map((address) => ({
      lang: 'Shell',
      source: `curl '${publicUrl}${address.replace('{server}', publicUrl)}'`,
    })),
  }
}
