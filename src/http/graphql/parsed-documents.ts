import {
  type DocumentNode,
  type GraphQLSchema,
  parse,
  type Source,
  type Token,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { LIMITS } from './limits.ts'

/** In bytes. Each token takes about as many in the tree and in the list of tokens, a text of one-letter names 300 times its own. */
const MAX_BYTES = 32 * 1024 * 1024
const TOKEN_BYTES = 600
const MAX_DOCUMENTS = 1_000

/** @throws GraphQLError for a syntax error, or more tokens than allowed */
export const parseDocument = (source: string | Source): DocumentNode => parse(source, { maxTokens: LIMITS.tokens })

/** The number of tokens of a document, with the one before its first. */
function tokensOf({ loc }: DocumentNode): number {
  let count = 0
  for (let token: Token | null = loc?.startToken ?? null; token !== null; token = token.next) count += 1
  return count || 1
}

export interface DocumentTraits {
  /** A field changes as time passes. */
  dependsOnClock: boolean
  /** A field says something about the client that asks. */
  dependsOnClient: boolean
}

/** The extensions of a field in the schema. */
interface FieldTraits {
  dependsOnClock?: boolean
  dependsOnClient?: boolean
}

/** A cache of parsed documents, used by our handler and by Yoga. */
export class ParsedDocuments {
  readonly #documents = new LRUCache<string, DocumentNode>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_BYTES,
    sizeCalculation: (document, text) => 2 * text.length + TOKEN_BYTES * tokensOf(document),
  })
  readonly #traits = new WeakMap<DocumentNode, DocumentTraits>()
  readonly #schema: GraphQLSchema

  constructor(schema: GraphQLSchema) {
    this.#schema = schema
  }

  get(text: string): DocumentNode | undefined {
    return this.#documents.get(text)
  }

  set(text: string, document: DocumentNode): void {
    this.#documents.set(text, document)
  }

  /** Null if the text does not parse; Yoga reports the error. */
  read(text: string): DocumentNode | null {
    const known = this.get(text)
    if (known) return known
    try {
      const document = parseDocument(text)
      this.set(text, document)
      return document
    } catch {
      return null
    }
  }

  /** The traits of a document's fields, computed once per document. */
  traits(document: DocumentNode): DocumentTraits {
    let traits = this.#traits.get(document)
    if (traits === undefined) {
      traits = { dependsOnClock: false, dependsOnClient: false }
      const [found, types] = [traits, new TypeInfo(this.#schema)]
      visit(
        document,
        visitWithTypeInfo(types, {
          Field: () => {
            const { dependsOnClock, dependsOnClient } = (types.getFieldDef()?.extensions ?? {}) as FieldTraits
            if (dependsOnClock) found.dependsOnClock = true
            if (dependsOnClient) found.dependsOnClient = true
          },
        }),
      )
      this.#traits.set(document, traits)
    }
    return traits
  }
}
