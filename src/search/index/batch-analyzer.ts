import { type IndexedText, impactsOf } from './impact.ts'
import { IndexedWords, larger } from './indexed-words.ts'

/** The texts of a paper that the index needs. */
export interface PaperText extends IndexedText {
  id: number
}

/** What the index stores of many papers. It can be handed from thread to thread without copies of the long lists. */
export interface AnalyzedBatch {
  ids: number[]
  /** Where the terms of each paper end. */
  ends: Int32Array<ArrayBuffer>
  /** The numbers of the terms of all papers in the vocabulary, one paper after another. */
  terms: Int32Array<ArrayBuffer>
  /** The impact of each term as it is stored. */
  impacts: Uint8Array<ArrayBuffer>
  /** The stems of each title, and of each abstract, as in `PaperImpacts`. */
  titles: string[]
  abstracts: string[]
  /** The terms that no earlier batch had, by their numbers. */
  newTerms: string[]
  /** Whether the vocabulary is a new one, whose first terms these are. */
  isNewVocabulary: boolean
}

/** With more terms than this, a vocabulary is forgotten, and its terms are looked up again: a million papers have millions. */
const LARGEST_VOCABULARY = 80_000

/** Analyzes batches of texts, one after another. They share a vocabulary, as long as it is not too large. */
export class BatchAnalyzer {
  #words = new IndexedWords()

  analyze(papers: readonly PaperText[]): AnalyzedBatch {
    if (this.#words.vocabulary.size > LARGEST_VOCABULARY) this.#words = new IndexedWords()
    const { vocabulary } = this.#words
    const before = vocabulary.size
    const batch = new GrowingBatch()
    for (const paper of papers) batch.add(paper.id, impactsOf(paper, this.#words))
    const newTerms: string[] = []
    for (let number = before; number < vocabulary.size; number += 1) newTerms.push(vocabulary.termOf(number))
    return { ...batch.complete(), newTerms, isNewVocabulary: before === 0 }
  }
}

/** The lists of a batch. The arrays of a paper are garbage at once, which costs V8 nothing. */
class GrowingBatch {
  readonly #ids: number[] = []
  readonly #ends: number[] = []
  readonly #titles: string[] = []
  readonly #abstracts: string[] = []
  #terms = new Int32Array(1 << 16)
  #impacts = new Uint8Array(1 << 16)

  add(id: number, { terms, impacts, title, abstract }: ReturnType<typeof impactsOf>): void {
    const start = this.#ends.at(-1) ?? 0
    const end = start + terms.length
    while (end > this.#terms.length) {
      this.#terms = larger(this.#terms)
      this.#impacts = larger(this.#impacts)
    }
    this.#terms.set(terms, start)
    this.#impacts.set(impacts, start)
    this.#ids.push(id)
    this.#ends.push(end)
    this.#titles.push(title)
    this.#abstracts.push(abstract)
  }

  complete(): Omit<AnalyzedBatch, 'newTerms' | 'isNewVocabulary'> {
    const count = this.#ends.at(-1) ?? 0
    return {
      ids: this.#ids,
      ends: Int32Array.from(this.#ends),
      terms: this.#terms.slice(0, count),
      impacts: this.#impacts.slice(0, count),
      titles: this.#titles,
      abstracts: this.#abstracts,
    }
  }
}
