import { type DocumentNode, type GraphQLSchema, parse, type Source, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import { LRUCache } from 'lru-cache'
import { type CostExtensions, LIMITS } from './limits.ts'

/** Of texts, in characters. A parsed document takes some hundred times the memory of its text. */
const MOST_TEXT = 500_000
const MOST_DOCUMENTS = 1_000

/** Parses a document unless it is too large. */
export const parseDocument = (source: string | Source): DocumentNode => parse(source, { maxTokens: LIMITS.tokens })

export interface DocumentTraits {
  /** A field changes as time passes. */
  dependsOnClock: boolean
  /** A field costs more than the objects that it brings: it reads a whole list, or many papers, as a search does. */
  readsLists: boolean
}

/** What a field of the schema says in its extensions. */
interface FieldTraits extends CostExtensions {
  dependsOnClock?: boolean
}

/** Documents that were asked for, parsed once each: for the front, and for Yoga as its cache of documents. */
export class ParsedDocuments {
  readonly #documents = new LRUCache<string, DocumentNode>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_TEXT,
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

  /** The document of a text; null for one that is no document, of which Yoga says what is wrong. */
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

  /** What its fields say of themselves in their extensions; found out once for a document. */
  traits(document: DocumentNode): DocumentTraits {
    let traits = this.#traits.get(document)
    if (traits === undefined) {
      traits = { dependsOnClock: false, readsLists: false }
      const [found, types] = [traits, new TypeInfo(this.#schema)]
      visit(
        document,
        visitWithTypeInfo(types, {
          Field: (field) => {
            const { dependsOnClock, cost = 0 } = (types.getFieldDef()?.extensions ?? {}) as FieldTraits
            const given = (name: string) => field.arguments?.find((argument) => argument.name.value === name)
            if (dependsOnClock) found.dependsOnClock = true
            if ((typeof cost === 'function' ? cost(given) : cost) > 0) found.readsLists = true
          },
        }),
      )
      this.#traits.set(document, traits)
    }
    return traits
  }
}
