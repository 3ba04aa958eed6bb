import { WINDOW_SIZE } from '../posting-list.ts'
import { alternativesOf } from './match-condition.ts'
import { type PostingList, PostingScan } from './posting-lists.ts'
import type { ResolvedQuery } from './resolved-query.ts'

const WORDS_OF_SET = WINDOW_SIZE / 32

/** Which terms the papers that match a query have. */
export interface MatchTerms {
  termIds: number[]
  /** A paper has all terms of one of the alternatives of each clause. Terms are places in `termIds`. */
  clauses: number[][][]
  /** It has all terms of none of these. */
  excluded: number[][]
  /** Whether a paper with these terms matches. Otherwise the query has phrases, whose words may be anywhere in it. */
  isExact: boolean
}

/** The same for the clauses that are given; null if no paper can match. */
export function matchTerms({ query, terms }: ResolvedQuery, which: 'all' | 'required'): MatchTerms | null {
  const places = new Map<number, number>()
  const placeOf = (id: number) => {
    const place = places.get(id) ?? places.size
    places.set(id, place)
    return place
  }
  const known = (sets: readonly string[][]): number[][] =>
    sets.flatMap((set) => {
      const ids = set.flatMap((term) => terms.get(term)?.id ?? [])
      return ids.length === set.length ? [ids.map(placeOf)] : []
    })
  const clauses: number[][][] = []
  let isExact = true
  for (const clause of query.clauses) {
    if (which === 'required' && clause.some(({ kind }) => kind === 'word')) continue
    const alternatives = clause.flatMap((atom) => known(alternativesOf(atom)))
    if (alternatives.length === 0) return null
    if (clause.some(({ kind }) => kind === 'phrase')) isExact = false
    clauses.push(alternatives)
  }
  const excluded: number[][] = []
  for (const atom of query.excluded) {
    // A paper may have the words of an excluded phrase in another order.
    if (atom.kind === 'phrase') isExact = false
    else excluded.push(...known(alternativesOf(atom, 'text')))
  }
  return { termIds: [...places.keys()], clauses, excluded, isExact }
}

/** If a query only excludes words: the terms of the papers that it excludes. */
export function excludedTerms(resolved: ResolvedQuery): MatchTerms | null {
  const { clauses, excluded } = resolved.query
  if (clauses.length > 0 || excluded.length === 0) return null
  const terms = matchTerms(resolved, 'all')
  return terms?.isExact ? { ...terms, clauses: [terms.excluded], excluded: [] } : null
}

/** Finds the papers of one window after the other that have the terms. */
export class MatchSets {
  readonly #terms: MatchTerms
  readonly #sets: Uint32Array[]
  readonly #matching = new Uint32Array(WORDS_OF_SET)

  constructor(terms: MatchTerms) {
    this.#terms = terms
    this.#sets = terms.termIds.map(() => new Uint32Array(WORDS_OF_SET))
  }

  /**
   * The papers of the window, as bits.
   *
   * @param first the place of the first of the terms among the lists of the scan
   */
  ofWindow(scan: PostingScan, first: number): Uint32Array {
    this.#sets.forEach((set, n) => {
      set.fill(0)
      const count = scan.read(first + n)
      for (let each = 0; each < count; each += 1) {
        const offset = scan.offsets[each] as number
        set[offset >>> 5] = (set[offset >>> 5] as number) | (1 << (offset & 31))
      }
    })
    const matching = this.#matching.fill(0xffffffff)
    const { clauses, excluded } = this.#terms
    for (let word = 0; word < WORDS_OF_SET; word += 1) {
      for (const clause of clauses) {
        let any = 0
        for (const alternative of clause) any |= this.#all(alternative, word)
        matching[word] = (matching[word] as number) & any
      }
      for (const set of excluded) matching[word] = (matching[word] as number) & ~this.#all(set, word)
    }
    return matching
  }

  #all(places: readonly number[], word: number): number {
    let all = -1
    for (const place of places) all &= (this.#sets[place] as Uint32Array)[word] as number
    return all
  }
}

/** The ids of the papers that have the terms, in ascending order. At least one clause must have terms. */
export function papersWith(terms: MatchTerms, lists: ReadonlyMap<number, PostingList>): number[] {
  const scan = new PostingScan(terms.termIds.map((id) => lists.get(id)))
  const sets = new MatchSets(terms)
  const papers: number[] = []
  for (let start = scan.nextWindow(); start !== null; start = scan.nextWindow()) {
    const matching = sets.ofWindow(scan, 0)
    for (let word = 0; word < WORDS_OF_SET; word += 1) {
      let bits = matching[word] as number
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits)
        papers.push(start + word * 32 + bit)
        bits &= bits - 1
      }
    }
  }
  return papers
}
