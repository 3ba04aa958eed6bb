import { type DocumentNode, type GraphQLSchema, parse, type Source, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import { LRUCache } from 'lru-cache'
import { LIMITS } from './limits.ts'

/** Of texts, in characters. A parsed document takes some hundred times the memory of its text. */
const MOST_TEXT = 500_000
const MOST_DOCUMENTS = 1_000

/** Parses a document unless it is too large. */
export const parseDocument = (source: string | Source): DocumentNode => parse(source, { maxTokens: LIMITS.tokens })

/** Documents that were asked for, parsed once each: for the front, and for Yoga as its cache of documents. */
export class ParsedDocuments {
  readonly #documents = new LRUCache<string, DocumentNode>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_TEXT,
    sizeCalculation: (_, text) => text.length || 1,
  })
  readonly #clocks = new WeakMap<DocumentNode, boolean>()
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

  /** Whether it asks for a field that changes as time passes: one whose extensions say `dependsOnClock`. */
  dependsOnClock(document: DocumentNode): boolean {
    let depends = this.#clocks.get(document)
    if (depends === undefined) {
      depends = false
      const types = new TypeInfo(this.#schema)
      visit(
        document,
        visitWithTypeInfo(types, {
          Field: () => {
            if (types.getFieldDef()?.extensions.dependsOnClock === true) depends = true
          },
        }),
      )
      this.#clocks.set(document, depends)
    }
    return depends
  }
}
