import { hash } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import { BadRequest } from './refusals.ts'
import { type GraphqlParams, isObject } from './request-params.ts'

/** Limits for the documents that clients register; the first in characters. */
const MAX_TEXT = 2_000_000
const MAX_DOCUMENTS = 10_000

export const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** Documents by the SHA-256 of their text: this project's own, and those that clients registered last. */
export class PersistedDocuments {
  readonly #own: ReadonlyMap<string, string>
  readonly #registered = new LRUCache<string, string>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_TEXT,
    sizeCalculation: (text) => text.length,
  })

  constructor(own: readonly string[]) {
    this.#own = new Map(own.map((text) => [sha256(text), text]))
  }

  find(id: string): string | undefined {
    return this.#own.get(id) ?? this.#registered.get(id)
  }

  register(id: string, text: string): void {
    this.#registered.set(id, text)
  }
}

/** The parameters with the text of the document. */
export interface Resolved {
  params: GraphqlParams
  register?: { id: string; text: string }
}

/**
 * Finds the document that a request names: by `documentId` as in GraphQL over HTTP (`sha256:` and the hash), or by
 * `extensions.persistedQuery` as in Apollo's automatic persisted queries. A request with both hash and text asks to register
 * the text; the caller does so if it is a valid document.
 *
 * @throws GraphQLError if the document is not known, or BadRequest
 */
export function resolveDocument({ documentId, ...params }: GraphqlParams, documents: PersistedDocuments): Resolved {
  const id = idOf(documentId, params.extensions)
  if (id === null) return { params }
  if (params.query == null) {
    const query = documents.find(id)
    if (query === undefined) throw notFound()
    return { params: { ...params, query } }
  }
  if (typeof params.query !== 'string') return { params }
  if (sha256(params.query) !== id) throw new BadRequest('The hash is not the SHA-256 of the document in the request.')
  return { params, register: { id, text: params.query } }
}

/** The hash by which a request names its document; null if it does not. */
function idOf(documentId: unknown, extensions: unknown): string | null {
  if (typeof documentId === 'string') {
    const id = /^sha256:([0-9a-f]{64})$/i.exec(documentId)?.[1]
    // Other kinds of names are never registered here.
    if (id === undefined) throw notFound()
    return id.toLowerCase()
  }
  const persisted = isObject(extensions) ? extensions.persistedQuery : undefined
  if (!isObject(persisted)) return null
  const { version, sha256Hash } = persisted
  if (version !== 1 || typeof sha256Hash !== 'string')
    throw new BadRequest('`extensions.persistedQuery` must have `version: 1` and a `sha256Hash`.')
  return sha256Hash.toLowerCase()
}

/** Apollo's clients look for this message and then send the document. */
const notFound = (): GraphQLError =>
  new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { spec: true, status: 404 } },
  })
