import { hash } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import { isObject, type Params } from './request-params.ts'

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

/** The parameters with the text of the document, or the error to send. */
export type Resolved = { params: Params; register?: { id: string; text: string } } | { refusal: GraphQLError }

/**
 * Finds the document that a request names: by `documentId` as in GraphQL over HTTP (`sha256:` and the hash), or by
 * `extensions.persistedQuery` as in Apollo's automatic persisted queries. A request with both hash and text asks to register
 * the text; the caller does so if it is a valid document. Parameters without a name are returned unchanged.
 */
export function resolveDocument(params: Params, documents: PersistedDocuments): Resolved {
  const name = nameOf(params)
  if (name === null) return { params }
  if ('refusal' in name) return name
  const { documentId: _, ...rest } = params
  const { id } = name
  if (rest.query == null) {
    const query = documents.find(id)
    return query === undefined ? { refusal: NOT_FOUND } : { params: { ...rest, query } }
  }
  if (typeof rest.query !== 'string') return { params: rest }
  if (sha256(rest.query) !== id) return refuse('The hash is not the SHA-256 of the document in the request.')
  return { params: rest, register: { id, text: rest.query } }
}

function nameOf({ documentId, extensions }: Params): { id: string } | { refusal: GraphQLError } | null {
  if (typeof documentId === 'string') {
    const id = /^sha256:([0-9a-f]{64})$/i.exec(documentId)?.[1]
    // Other kinds of names are never registered here.
    return id === undefined ? { refusal: NOT_FOUND } : { id: id.toLowerCase() }
  }
  const persisted = isObject(extensions) ? extensions.persistedQuery : undefined
  if (!isObject(persisted)) return null
  const { version, sha256Hash } = persisted
  if (version !== 1 || typeof sha256Hash !== 'string')
    return refuse('`extensions.persistedQuery` must have `version: 1` and a `sha256Hash`.')
  return { id: sha256Hash.toLowerCase() }
}

/** Apollo's clients look for this message and then send the document. */
const NOT_FOUND = new GraphQLError('PersistedQueryNotFound', {
  extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { spec: true, status: 404 } },
})

const refuse = (message: string) => ({
  refusal: new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } }),
})
