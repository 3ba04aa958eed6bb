import type { IncomingMessage, ServerResponse } from 'node:http'
import { getOperationAST, type OperationTypeNode } from 'graphql'
import { processRegularResult } from 'graphql-yoga'
import type { Viewer } from '../../../schema/context.ts'
import type { ConcurrencyLimit } from '../cache/concurrency-limit.ts'
import { isRead, type Page } from '../cache/response.ts'
import type { FinishedPages } from '../cache/response-cache.ts'
import type { ServerParts } from '../parts.ts'
import { describeError } from './errors.ts'
import { Graphiql, wantsGraphiql } from './graphiql.ts'
import { type MediaType, mediaTypeOf } from './media-type.ts'
import { OWN_DOCUMENTS } from './own-documents.ts'
import { operationKey, type Params, paramsOfAddress, paramsOfBody, replaceParams } from './params.ts'
import { PersistedDocuments, resolveDocument } from './persisted.ts'
import { createGraphqlServer } from './yoga.ts'

/** In seconds: how long an answer is good that changes as time passes. */
const CLOCK_SECONDS = 1

/** The path of GraphQL, in front of Yoga. */
export interface GraphqlFront {
  /** Answers a request by GET from what is kept for it; false where nothing is. */
  answerKept(request: IncomingMessage, response: ServerResponse): boolean
  /** Whether the body is to be read for this front, and not left for Yoga to read. */
  wantsBody(request: IncomingMessage): boolean
  /** @param body what `wantsBody` asked for */
  answer(request: IncomingMessage, response: ServerResponse, body: string | null, viewer: Viewer | null): Promise<void>
  /** The same for a body that nobody signed in sent; false where nothing is kept. */
  answerKeptBody(request: IncomingMessage, response: ServerResponse, body: string): boolean
}

/** Nobody signed in reads it: the answer is the same for all of them. */
const isAnonymous = ({ headers }: IncomingMessage): boolean => headers.authorization === undefined

/** What a request is known by when it comes again as it was written. */
const spellingOf = (type: MediaType, text: string): string =>
  type === 'application/json' ? `graphql ${text}` : `graphql-response ${text}`

const posted = (body: string): string => `POST ${body}`

/**
 * Answers the requests that there are most of, operations as JSON by GET and POST, without the objects that Yoga makes of
 * each; with its pipeline, its status codes and its words. What nobody signed in reads is answered from finished bytes
 * where these are kept. A browser is shown GraphiQL. Everything else is Yoga's: streams, preflights, other bodies, and
 * what is no request.
 */
export function createGraphqlFront(
  parts: ServerParts,
  pages: FinishedPages,
  turns: { pages: ConcurrencyLimit; lists: ConcurrencyLimit },
): GraphqlFront {
  const { yoga, documents } = createGraphqlServer(parts)
  const persisted = new PersistedDocuments(OWN_DOCUMENTS)
  const graphiql = new Graphiql()

  /** What an operation comes to, as a page that is good for as long as it may be shown again. */
  async function run(params: Params, request: IncomingMessage, viewer: Viewer | null, type: MediaType): Promise<Page> {
    let result: Parameters<typeof processRegularResult>[0]
    try {
      const light = { method: request.method === 'HEAD' ? 'GET' : request.method, headers: new LightHeaders(request) }
      result = (await yoga.getResultForParams(
        { params, request: light as unknown as Request },
        { viewer },
      )) as typeof result
    } catch (error) {
      result = { errors: [describeError(error, parts.log)] }
    }
    return pageOf(result, type)
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    body: string | null,
    viewer: Viewer | null,
  ): Promise<void> {
    if (wantsGraphiql(request)) return graphiql.answer(request, response)
    const type = mediaTypeOf(request.headers.accept)
    const given = body !== null ? paramsOfBody(body) : isRead(request) ? paramsOfAddress(request.url ?? '') : null
    const toYoga = () => {
      if (body !== null && !('body' in request)) Object.assign(request, { body })
      return yoga(request, response, { viewer })
    }
    if (given === null) return toYoga()

    const resolved = resolveDocument(given, persisted)
    if ('refusal' in resolved)
      return pages.answerOnce(request, response, pageOf({ errors: [resolved.refusal] }, type ?? 'application/json'))
    const { params, register } = resolved
    const document = typeof params.query === 'string' ? documents.read(params.query) : null
    if (register && document) persisted.register(register.id, register.text)
    const kind = document && kindOf(document, params.operationName)
    const traits = document && documents.traits(document)
    const turn = traits?.readsLists ? turns.lists : turns.pages
    if (type === null || params.query === undefined || kind === 'subscription') {
      if (params !== given) replaceParams(request, params)
      // What is answered as a stream of one event is a read like others; a subscription would keep its turn for hours.
      return kind === 'query' ? turn.run(async () => toYoga()) : toYoga()
    }

    const key = document && kind === 'query' && isAnonymous(request) ? operationKey(params) : null
    if (document === null || key === null) {
      const answerIt = async () =>
        pages.answerOnce(request, response, { ...(await run(params, request, viewer, type)), seconds: 0 })
      // Votes are written together, and each that waited would be missing from the others.
      return kind === 'mutation' ? answerIt() : turn.run(answerIt)
    }
    const spelling = spellingOf(type, body === null ? (request.url ?? '') : posted(body))
    await pages.answer({ request, response, key: spellingOf(type, key), spelling, turns: turn }, async () => {
      const page = await run(params, request, null, type)
      return page.seconds !== 0 && traits?.dependsOnClock ? { ...page, seconds: CLOCK_SECONDS } : page
    })
  }

  return {
    answer,
    answerKept: (request, response) => {
      if (!isRead(request) || !isAnonymous(request)) return false
      const type = mediaTypeOf(request.headers.accept)
      return type !== null && pages.answerKept(request, response, spellingOf(type, request.url ?? ''))
    },
    answerKeptBody: (request, response, body) => {
      if (!isAnonymous(request)) return false
      const type = mediaTypeOf(request.headers.accept)
      return type !== null && pages.answerKept(request, response, spellingOf(type, posted(body)))
    },
    wantsBody: ({ method, headers }) =>
      method === 'POST' && /^application\/json *(;|$)/i.test(headers['content-type'] ?? ''),
  }
}

/** What kind of operation a request is for; null where its document does not say. */
function kindOf(document: Parameters<typeof getOperationAST>[0], name: unknown): OperationTypeNode | null {
  return getOperationAST(document, typeof name === 'string' ? name : null)?.operation ?? null
}

/** As much of a request's headers as the plugins read. */
class LightHeaders {
  readonly #headers: IncomingMessage['headers']

  constructor({ headers }: IncomingMessage) {
    this.#headers = headers
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()]
    return value === undefined ? null : String(value)
  }
}

/** Takes what Yoga makes of a result, in the place of a Response. */
class Written {
  readonly body: string
  readonly status: number
  readonly headers: Record<string, string>

  constructor(body: string, init: { status: number; headers: Record<string, string> }) {
    this.body = body
    this.status = init.status
    this.headers = init.headers
  }
}
const WRITING = { Response: Written } as unknown as Parameters<typeof processRegularResult>[1]

function pageOf(result: Parameters<typeof processRegularResult>[0], type: MediaType): Page {
  const { body, status, headers: given } = processRegularResult(result, WRITING, type) as unknown as Written
  const { 'Content-Type': contentType = type, ...others } = given
  const headers: Record<string, string> = { vary: 'Accept, Accept-Encoding, Authorization' }
  for (const [name, value] of Object.entries(others)) headers[name.toLowerCase()] = value
  const isWhole = status === 200 && 'data' in result && !('errors' in result && result.errors)
  return { contentType, body, status, headers, ...(!isWhole && { seconds: 0 }) }
}
