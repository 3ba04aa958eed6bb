import { AUTHOR_MARK, IMPACT_SCALE } from './impact.ts'
import type { Atom, Query } from './query.ts'
import { isStopWord, type Word } from './text.ts'

/** What a term counts for: how many papers it tells from others (inverse document frequency, as in BM25), in thousandths. */
export const inverseDocumentFrequency = (papers: number, papersWithIt: number): number =>
  Math.log(1 + (papers - papersWithIt + 0.5) / (papersWithIt + 0.5))

/** Scores are sums of weight × impact: whole numbers, so that they are the same whatever the order of addition. */
export const WEIGHT_SCALE = 1_000
export const SCORE_SCALE = WEIGHT_SCALE * IMPACT_SCALE

/** A weight times the greatest impact has to fit into Postgres' four-byte integers. */
export const GREATEST_WEIGHT = 90_000

/** The terms of a word as text has them, without stop words: its parts and the whole, or its pairs of characters. */
export function textTerms({ parts, wholes, isUnparted }: Word): string[] {
  if (isUnparted) return [...(wholes.length > 0 ? wholes : parts)]
  return [...parts.filter((part) => !isStopWord(part)), ...wholes]
}

/** The terms of a word of a name. */
export const authorTerms = ({ parts }: Word): string[] => parts.map((part) => AUTHOR_MARK + part)

const wordsOfAtom = (atom: Atom): readonly Word[] => (atom.kind === 'word' ? [atom.word] : atom.words)

/** All terms that a query could be looked up by. */
export function termsOfQuery({ clauses, excluded }: Query): string[] {
  const terms = new Set<string>()
  for (const atom of [...clauses.flat(), ...excluded])
    for (const word of wordsOfAtom(atom)) {
      if (atom.kind !== 'author') for (const term of textTerms(word)) terms.add(term)
      if (atom.kind !== 'phrase') for (const term of authorTerms(word)) terms.add(term)
    }
  return [...terms]
}
