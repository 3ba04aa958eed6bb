import { type DocumentNode, type GraphQLSchema, parse, type Source, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import { LRUCache } from 'lru-cache'
import { type CostExtensions, LIMITS } from './limits.ts'

/** In characters of source text. A parsed document takes about a hundred times the memory of its text. */
const MAX_TEXT = 500_000
const MAX_DOCUMENTS = 1_000

/** @throws GraphQLError for a syntax error, or more tokens than allowed */
export const parseDocument = (source: string | Source): DocumentNode => parse(source, { maxTokens: LIMITS.tokens })

export interface DocumentTraits {
  /** A field changes as time passes. */
  dependsOnClock: boolean
  /** A field costs more than the objects that it returns, because it reads a whole list, or many papers as a search does. */
  readsLists: boolean
  /** A field says something about the client that asks. */
  dependsOnClient: boolean
}

/** The extensions of a field in the schema. */
interface FieldTraits extends CostExtensions {
  dependsOnClock?: boolean
  dependsOnClient?: boolean
}

/** A cache of parsed documents, used by our handler and by Yoga. */
export class ParsedDocuments {
  readonly #documents = new LRUCache<string, DocumentNode>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_TEXT,
    sizeCalculation: (_, text) => text.length || 1,
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
      traits = { dependsOnClock: false, readsLists: false, dependsOnClient: false }
      const [found, types] = [traits, new TypeInfo(this.#schema)]
      visit(
        document,
        visitWithTypeInfo(types, {
          Field: (field) => {
            const { dependsOnClock, dependsOnClient, cost = 0 } = (types.getFieldDef()?.extensions ?? {}) as FieldTraits
            const given = (name: string) => field.arguments?.find((argument) => argument.name.value === name)
            if (dependsOnClock) found.dependsOnClock = true
            if (dependsOnClient) found.dependsOnClient = true
            if ((typeof cost === 'function' ? cost(given) : cost) > 0) found.readsLists = true
          },
        }),
      )
      this.#traits.set(document, traits)
    }
    return traits
  }
}
