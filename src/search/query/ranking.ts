import type { Word } from '../analyzer.ts'
import { AUTHOR_MARK, nameAlternatives, wordTerms } from '../author-names.ts'
import { BM25F, IMPACT_SCALE } from '../index/impact.ts'
import { isStopWord } from '../stop-words.ts'
import { type ParsedQuery, wordsInOrder } from './parsed-query.ts'
import type { Term } from './posting-lists.ts'
import { textTerms, wordPairsIn } from './query-terms.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { GREATEST_WEIGHT, inverseDocumentFrequency, WEIGHT_SCALE } from './term-weights.ts'

/** A term that papers are ranked by. */
export interface RankedTerm extends Term {
  term: string
  /** The score for an impact of 1, times `WEIGHT_SCALE`. */
  weight: number
  /** The bits of the query's words that a paper with this term has. */
  words: number
  /** What is added to the score if the title has the term. */
  titleBoost: number
}

/** Two neighbouring words of the query that are neighbours in a title, which raises the score of a paper. */
export interface TitleBoost {
  /** Their stems. */
  words: readonly [string, string]
  /** What is added to the score. */
  boost: number
}

/** How the papers of a query are scored. */
export interface RankingTerms {
  terms: RankedTerm[]
  /** The bits of all words of a short query: papers that have all of them come first. Zero for a longer query. */
  allWords: number
  titleBoosts: TitleBoost[]
  /** A title with fewer of the terms has no two neighbouring words of the query: 2, or 1 if one is a stop word or both are the same. */
  leastTitled: number
  /** The boost of a title that has all words of the query in order; null for a query of one word. */
  wholeTitle: { words: readonly string[]; boost: number } | null
}

/** For a query of at most this many words, papers that have all words rank first. */
const SHORT_QUERY = 3
/**
 * The weight of a word as an author name, if the query does not say `author:`. In a short query it is the same as in a
 * text; most words of a longer query are not names. A word that is more often a word than a name (`long`, `best`) is
 * hardly ever meant as a name.
 */
const NAME_SHARE = { short: 1, long: 0.4, ofWords: 0.2 }
/** A longer query, such as a pasted text, is ranked by its rarest terms. */
const MOST_TERMS = 48

/** The terms that rank a query, with their weights. Empty if no paper has any of its words. */
export function rankingOf({ query, terms, paperCount }: ResolvedQuery): RankingTerms {
  const found = new Map<string, RankedTerm>()
  const add = (term: string, share: number, bits: number, leastCount = 0) => {
    const known = terms.get(term)
    if (known === undefined) return
    const count = Math.max(known.paperCount, leastCount)
    const weight = WEIGHT_SCALE * share * inverseDocumentFrequency(paperCount, count)
    const entry = found.get(term) ?? { ...known, term, weight: 0, words: 0, titleBoost: 0 }
    entry.weight = Math.min(GREATEST_WEIGHT, entry.weight + Math.max(1, Math.round(weight)))
    entry.words |= bits
    found.set(term, entry)
  }
  const atoms = query.clauses.flat()
  const hasAlternatives = query.clauses.some((clause) => clause.length > 1)
  const bitOf = bits(hasAlternatives ? [] : atoms.flatMap((atom) => (atom.kind === 'word' ? [atom.word] : [])))
  const wordCount = atoms.filter(({ kind }) => kind === 'word').length
  // A query of stop words only can be a name: He He.
  const hasOnlyStopWords = atoms.every((atom) => atom.kind === 'word' && textTerms(atom.word).length === 0)
  const isShort = wordCount <= SHORT_QUERY
  const nameShare = isShort ? NAME_SHARE.short : NAME_SHARE.long
  for (const atom of atoms) {
    const words = atom.kind === 'word' ? [atom.word] : atom.words
    for (const word of words) {
      const bitsOf = (term: string) => (atom.kind === 'word' ? bitOf.ofTerm(term) : 0)
      if (atom.kind !== 'author')
        for (const term of textTerms(word)) {
          const isCompound = !word.isUnsegmented && word.wholes.includes(term)
          if (isCompound) add(term, BM25F.compoundWeight, atom.kind === 'word' ? bitOf.ofWord(word) : 0)
          else add(term, 1, bitsOf(term))
        }
      if (atom.kind === 'author') for (const term of wordTerms(word)) add(term, 1, 0)
      if (atom.kind === 'word')
        word.unstemmed.forEach((part, index) => {
          const stem = word.parts[index] as string
          if (isStopWord(stem) && !hasOnlyStopWords) return
          const [asName, asWord] = [AUTHOR_MARK + part, stem].map((term) => terms.get(term)?.paperCount ?? 0)
          const isName = (asName as number) >= (asWord as number)
          const share = isName ? nameShare : NAME_SHARE.ofWords
          add(AUTHOR_MARK + part, share, bitsOf(stem), isName ? 0 : asWord)
        })
      // `Fei-Fei` is also written as one word, or as two.
      if (atom.kind === 'word' && word.unstemmed.length > 1 && !word.isUnsegmented)
        for (const term of nameAlternatives(words).flat()) add(term, nameShare, bitOf.ofWord(word))
    }
    if (atom.kind === 'author') for (const term of nameAlternatives(words).flat()) add(term, 1, 0)
  }
  for (const { words, names, compound } of wordPairsIn(query)) {
    const bits = bitOf.ofWord(words[0]) | bitOf.ofWord(words[1])
    for (const name of names) add(name, 1, bits)
    // Only in short queries: in longer ones most neighbours are not compounds (-.002 nDCG on SciFact's training queries).
    if (compound !== null && isShort) add(compound, 1, bits)
  }
  const ranked = [...found.values()].sort((a, b) => a.paperCount - b.paperCount || a.id - b.id).slice(0, MOST_TERMS)
  const boosts = boostsOf(query, (term) => {
    const known = isStopWord(term) ? undefined : terms.get(term)
    return known === undefined
      ? 0
      : WEIGHT_SCALE * IMPACT_SCALE * inverseDocumentFrequency(paperCount, known.paperCount)
  })
  for (const term of ranked) term.titleBoost = boosts.ofTerms.get(term.term) ?? 0
  return {
    terms: ranked,
    allWords: ranked.reduce((bits, term) => bits | term.words, 0),
    titleBoosts: boosts.ofPairs,
    wholeTitle: boosts.wholeTitle,
    leastTitled: leastTitled(boosts.words, ranked),
  }
}

/** See `RankingTerms`. Terms count once, also those of a word that is its own neighbour: Fei Fei. */
function leastTitled(words: readonly string[], ranked: readonly RankedTerm[]): number {
  const areRanked = words.every((word) => ranked.some(({ term }) => term === word))
  if (!areRanked) return ranked.length < MOST_TERMS ? 1 : 0
  return words.some((word, n) => word === words[n + 1]) ? 1 : 2
}

/**
 * How much of the weight of its words a match in the title adds to the score: two neighbouring words of the query that are
 * neighbours in the title; a word of a short query; all words of the query in order, divided by how much longer the title
 * is. Chosen among a few round figures on titles with words left out; no effect on SciFact's training queries.
 */
const BOOSTS = { pairInTitle: 0.2, wordInTitle: 0.5, wholeTitle: 0.5 }

interface Boosts extends Pick<RankingTerms, 'wholeTitle'> {
  ofTerms: Map<string, number>
  ofPairs: TitleBoost[]
  /** The words of the pairs, and of the whole title. */
  words: string[]
}

function boostsOf(query: ParsedQuery, weightOf: (term: string) => number): Boosts {
  const words = wordsInOrder(query).slice(0, MOST_TERMS)
  const sequence = words.flatMap(({ parts }) => parts)
  const ofTerms = new Map<string, number>()
  const ofPairs: TitleBoost[] = []
  sequence.forEach((term, index) => {
    const next = sequence[index + 1]
    const weight = next === undefined ? 0 : (weightOf(term) + weightOf(next)) / 2
    if (weight === 0) return
    ofPairs.push({ words: [term, next as string], boost: Math.round(BOOSTS.pairInTitle * weight) })
  })
  if (words.filter(({ parts }) => parts.some((part) => !isStopWord(part))).length <= SHORT_QUERY)
    for (const term of new Set(sequence)) ofTerms.set(term, Math.round(BOOSTS.wordInTitle * weightOf(term)))
  if (sequence.length < 2) return { ofTerms, ofPairs, words: [], wholeTitle: null }
  const boost = Math.round(BOOSTS.wholeTitle * sequence.reduce((sum, term) => sum + weightOf(term), 0))
  return {
    ofTerms,
    ofPairs,
    words: sequence,
    wholeTitle: { words: sequence, boost },
  }
}

/** Assigns a bit to each term of a short query, to find the papers that have all of its words. */
function bits(words: readonly Word[]) {
  const terms = [...new Set(words.flatMap(neededTerms))]
  const counts = words.length <= SHORT_QUERY && terms.length <= 30 && words.length > 0
  const ofTerm = (term: string) => {
    const at = counts ? terms.indexOf(term) : -1
    return at < 0 ? 0 : 1 << at
  }
  return {
    ofTerm,
    ofWord: (word: Word) => neededTerms(word).reduce((sum, term) => sum | ofTerm(term), 0),
  }
}

const neededTerms = (word: Word): string[] =>
  word.isUnsegmented ? textTerms(word) : word.parts.filter((part) => !isStopWord(part))
