import { hash } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import { isObject, type Params } from './params.ts'

/** Of what clients registered, in characters. */
const MOST_TEXT = 2_000_000
const MOST_DOCUMENTS = 10_000

export const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** Documents by the SHA-256 of their text: this project's own, which stay, and what clients registered lately. */
export class PersistedDocuments {
  readonly #own: ReadonlyMap<string, string>
  readonly #registered = new LRUCache<string, string>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_TEXT,
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

/** What a request that names its document comes to: the parameters with the text, or why not. */
export type Resolved = { params: Params; register?: { id: string; text: string } } | { refusal: GraphQLError }

/**
 * Finds the document of a request that names it: by `documentId` as GraphQL over HTTP has it (`sha256:` and the hash), or
 * by `extensions.persistedQuery` as Apollo's automatic persisted queries have it. A request that sends the text with the
 * name registers it, once the caller knows that it is a document. Parameters that name none are answered as they are.
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
  if (sha256(rest.query) !== id) return refuse('The hash is not the SHA-256 of the document that came with it.')
  return { params: rest, register: { id, text: rest.query } }
}

function nameOf({ documentId, extensions }: Params): { id: string } | { refusal: GraphQLError } | null {
  if (typeof documentId === 'string') {
    const id = /^sha256:([0-9a-f]{64})$/i.exec(documentId)?.[1]
    // A name of another kind is of no document that is here.
    return id === undefined ? { refusal: NOT_FOUND } : { id: id.toLowerCase() }
  }
  const persisted = isObject(extensions) ? extensions.persistedQuery : undefined
  if (!isObject(persisted)) return null
  const { version, sha256Hash } = persisted
  if (version !== 1 || typeof sha256Hash !== 'string')
    return refuse('`extensions.persistedQuery` must have `version: 1` and a `sha256Hash`.')
  return { id: sha256Hash.toLowerCase() }
}

/** The words are Apollo's: its clients send the document when they read them. */
const NOT_FOUND = new GraphQLError('PersistedQueryNotFound', {
  extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { spec: true, status: 404 } },
})

const refuse = (message: string) => ({
  refusal: new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } }),
})
