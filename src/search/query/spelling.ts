import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { normalizeText, stem, type Word, wordsOf } from '../analyzer.ts'
import { AUTHOR_MARK } from '../author-names.ts'
import { isInDictionary } from '../dictionary.ts'
import {
  type Difference,
  differenceOf,
  editDistance,
  isLikely,
  SHORTEST_FOR_EDITS,
  SHORTEST_FOR_TRIGRAMS,
  splitsOf,
  wordsOneEditAway,
} from '../misspellings.ts'
import { isStopWord } from '../stop-words.ts'
import { OtherWords } from './other-words.ts'
import { rewriteQuery } from './parse.ts'
import { type PostingList, readPostings, strongestPapers, type Term } from './posting-lists.ts'
import { wordPairsIn } from './query-terms.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { paperCountOf } from './term-counts.ts'

// A word that is in no paper and no dictionary is corrected to the nearest word that is: first among the words one edit away, then as two
// words without a blank, then among the terms that trigrams find. Terms are stems, so each candidate is compared again in
// the form that papers write: `opera` is not `operating`. `../misspellings.ts` says what an edit is.

const LONGEST = 30
/** A longer word has too many edits to enumerate, and trigrams find it as well. */
const LONGEST_ENUMERATED = 16
/** A word may be corrected to an author name in at least this many papers: many words are similar to a rare name. */
const LEAST_PAPERS_OF_NAMES = 3
/** Each half of a split word is in at least this share of all papers. */
const LEAST_SHARE_OF_SPLITS = 0.001
/** At most this many words of a query are corrected: a query with more unknown words is not a misspelled one. */
const MOST_WORDS = 5
/** The likeliest terms are compared in the form that papers write: so many terms, each in so many papers. */
const COMPARED_TERMS = 6
/** Those of more terms are read, to see which are in a paper with the other words. */
const READ_TERMS = 24
const PAPERS_PER_TERM = 10
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz']

/** A normalized word that is in no paper, and whether the query says that it is an author. */
interface Unknown {
  word: string
  isName: boolean
}

/**
 * The text of a query with the words that are in no paper and no dictionary corrected; null if there are none or none can be
 * corrected. A correction is in some paper together with at least half of the other words. Words in quotation marks, words
 * with digits and family names beside initials are not corrected.
 */
export async function correctSpelling(db: Db, resolved: Omit<ResolvedQuery, 'correctedText'>): Promise<string | null> {
  const { query, terms } = resolved
  const besideInitials = namesBesideInitials(query.text)
  const unknown = new Map<string, Unknown>()
  // Two words that papers write as one compound are not misspelled.
  const inCompounds = new Set(
    wordPairsIn(query).flatMap(({ words, compound }) =>
      compound !== null && terms.has(compound) ? words.flatMap(({ unstemmed }) => unstemmed) : [],
    ),
  )
  for (const atom of query.clauses.flat()) {
    if (atom.kind === 'phrase') continue
    const isName = atom.kind === 'author'
    for (const word of atom.kind === 'word' ? [atom.word] : atom.words) {
      if (word.wholes.some((whole) => terms.has(whole))) continue
      for (const piece of piecesOf(atom.text, word))
        if (
          !isKnown(piece, terms, isName) &&
          isCorrectable(piece) &&
          !inCompounds.has(normalizeText(piece)) &&
          !besideInitials.has(piece) &&
          (isName || !isInDictionary(normalizeText(piece)))
        )
          unknown.set(piece, { word: normalizeText(piece), isName })
    }
  }
  const wanted = new Map([...unknown].slice(0, MOST_WORDS))
  if (wanted.size === 0) return null
  const found = await corrections(db, resolved, wanted)
  const corrected = rewriteQuery(query.text, (content, kind) =>
    kind === 'phrase' ? content : content.replace(/[\p{L}\p{M}\p{N}]+/gu, (piece) => found.get(piece) ?? piece),
  )
  return corrected === query.text ? null : corrected
}

/** The words of a query that are names after an initial, or before one: `C. Davis`, `Davis, C.`. */
function namesBesideInitials(text: string): Set<string> {
  const names = new Set<string>()
  for (const [, name] of text.matchAll(
    /(?<![\p{L}\p{N}])(?:\p{L}\.|(?![AI]\s)\p{Lu}(?=[\s-]))(?:[\s-]*\p{L}\.)*[\s-]*(\p{L}{2,})/gu,
  ))
    names.add(name as string)
  for (const [, name] of text.matchAll(/(?<![\p{L}\p{N}])(\p{Lu}\p{L}+),?\s+\p{Lu}\.?(?![\p{L}\p{N}])/gu))
    names.add(name as string)
  return names
}

/** The parts of a compound as written. */
const piecesOf = (text: string, word: Word): string[] =>
  word.isUnsegmented ? [] : (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])

function isKnown(piece: string, terms: ResolvedQuery['terms'], isName: boolean): boolean {
  return wordsOf(piece).every(({ parts, unstemmed }) =>
    parts.every(
      (part, index) =>
        isStopWord(part) || terms.has(AUTHOR_MARK + (unstemmed[index] as string)) || (!isName && terms.has(part)),
    ),
  )
}

/** A word with capitals inside is a name or an abbreviation: near to others, but not a misspelling of them. */
const isCorrectable = (piece: string): boolean =>
  /^\p{L}\p{Ll}+$/u.test(piece) && piece.length >= SHORTEST_FOR_EDITS && piece.length <= LONGEST

/** A term that may be meant. */
interface CandidateTerm extends Term {
  term: string
  /** 0 for a swap, else the number of edits. */
  distance: number
}

type Index = Omit<ResolvedQuery, 'correctedText'>

/** The correction of each word, as papers write it. */
async function corrections(db: Db, index: Index, unknown: ReadonlyMap<string, Unknown>): Promise<Map<string, string>> {
  const edits = new Map([...unknown.values()].map(({ word }) => [word, termsOneEditAway(word)]))
  const splits = new Map([...unknown.values()].map(({ word }) => [word, splitsOf(word)]))
  const wanted = [...edits.values()].flatMap((terms) => [...terms.keys()])
  const counts = await knownTerms(db, index, new Set([...wanted, ...[...splits.values()].flat(2).map(stem)]))
  const found = new Map<string, string>()
  const others = await OtherWords.of(db, index)
  await Promise.all(
    [...unknown].map(async ([piece, { word, isName }]) => {
      const candidates = [...(edits.get(word) ?? [])].flatMap(([term, distance]): CandidateTerm[] => {
        const marked = AUTHOR_MARK + term
        const ofText = isName ? undefined : counts.get(term)
        const ofNames = counts.get(marked)
        const isOfNames = ofNames && ofNames.paperCount >= (isName ? 1 : LEAST_PAPERS_OF_NAMES)
        return [
          ...(ofText ? [{ ...ofText, term, distance }] : []),
          ...(isOfNames ? [{ ...ofNames, term: marked, distance }] : []),
        ]
      })
      const best =
        (await likeliestWritten(db, word, candidates, others, 1)) ??
        (isName ? undefined : await likeliestSplit(db, splits.get(word) ?? [], counts, index, others)) ??
        (await likeliestWritten(db, word, await termsByTrigrams(db, index, word, isName), others, 2))
      if (best !== undefined) found.set(piece, best)
    }),
  )
  return found
}

/** Frequent words are meant more often; a swap is the likeliest edit, and two edits are much rarer than one. */
const likelihood = ({ paperCount, distance }: Pick<CandidateTerm, 'paperCount' | 'distance'>): number =>
  Math.log(paperCount + 1) - (distance === 0 ? 0 : distance === 1 ? 1.5 : 6)

/** The likeliest of the words that papers write for these terms and that are at most `most` edits away. */
async function likeliestWritten(
  db: Db,
  word: string,
  candidates: readonly CandidateTerm[],
  others: OtherWords,
  most: number,
): Promise<string | undefined> {
  const likely = candidates.toSorted((a, b) => likelihood(b) - likelihood(a)).slice(0, READ_TERMS)
  if (likely.length === 0) return undefined
  const lists = await readPostings(
    db,
    likely.map(({ id }) => id),
  )
  const likeliest = likely.filter(({ id }) => others.areWith([lists.get(id)])).slice(0, COMPARED_TERMS)
  if (likeliest.length === 0) return undefined
  const written = await writtenForms(db, likeliest, lists)
  const within = likeliest.flatMap(({ term, paperCount }) =>
    [...(written.get(term) ?? [])].flatMap(([form, count]) => {
      const meant = normalizeText(form)
      const difference = differenceOfForms(word, meant, most)
      // With other words of the query in the same paper, even the first letter may be wrong.
      if (difference.edits > most || !(isLikely(word, meant, difference) || (others.exist && difference.edits === 1)))
        return []
      const distance = difference.isSwap ? 0 : difference.edits
      return [{ form, count, likelihood: likelihood({ paperCount, distance }) }]
    }),
  )
  within.sort((a, b) => b.likelihood - a.likelihood || b.count - a.count || (a.form < b.form ? -1 : 1))
  return within[0]?.form
}

/** A word and its singular: papers may have only one of the two. */
const forms = (word: string): string[] => [...new Set([word, word.replace(/(?:(?<=[cs]h|s|x|z)e)?s$/, '')])]

/** The least difference between any form of two words. */
const differenceOfForms = (word: string, written: string, most: number): Difference =>
  forms(word)
    .flatMap((a) => forms(written).map((b) => differenceOf(a, b, most)))
    .reduce((least, other) => (other.edits < least.edits ? other : least))

/** The terms of the words that are one edit away, each with its distance. */
function termsOneEditAway(word: string): Map<string, number> {
  const terms = new Map<string, number>()
  if (word.length > LONGEST_ENUMERATED) return terms
  for (const { prefix, hasLetter, suffix, distance } of wordsOneEditAway(word))
    for (const letter of hasLetter ? LETTERS : ['']) {
      const written = prefix + letter + suffix
      for (const term of [stem(written), written]) if (!terms.has(term) && !isStopWord(term)) terms.set(term, distance)
    }
  return terms
}

/** The split whose rarer word is in most papers, if both words are in enough. */
async function likeliestSplit(
  db: Db,
  splits: readonly [string, string][],
  counts: ReadonlyMap<string, Term>,
  { paperCount }: Index,
  others: OtherWords,
): Promise<string | undefined> {
  const least = Math.max(2, LEAST_SHARE_OF_SPLITS * paperCount)
  const likely = splits
    .map((split) => ({ split, papers: Math.min(...split.map((half) => counts.get(stem(half))?.paperCount ?? 0)) }))
    .filter(({ papers }) => papers >= least)
    .toSorted((a, b) => b.papers - a.papers)
  const split = likely[0]?.split
  if (split === undefined) return undefined
  const halves = split.flatMap((half) => counts.get(stem(half))?.id ?? [])
  const lists = await readPostings(db, halves)
  return others.areWith(halves.map((id) => lists.get(id))) ? split.join(' ') : undefined
}

/** The forms in which a few papers write each term, with how often. One statement. */
async function writtenForms(
  db: Db,
  terms: readonly CandidateTerm[],
  lists: ReadonlyMap<number, PostingList>,
): Promise<Map<string, Map<string, number>>> {
  const writers = terms.flatMap(({ id, term }) =>
    strongestPapers(lists.get(id), PAPERS_PER_TERM).map((paper) => ({ term, paper: paper.id })),
  )
  const rows = await executePrepared<{ term: string; text: string }>(
    db,
    sql`select term, case when starts_with(term, ${AUTHOR_MARK}) then names else concat_ws(' ', title, abstract) end as text
      from unnest(${sql.param(writers.map(({ term }) => term))}::text[], ${sql.param(writers.map(({ paper }) => paper))}::bigint[])
        as writer (term, paper_id)
      join papers on papers.id = paper_id
      cross join lateral (
        select string_agg(authors.name, ' ') as names from paper_authors join authors on authors.id = author_id
        where paper_authors.paper_id = papers.id and starts_with(term, ${AUTHOR_MARK})
      ) as printed`,
  )
  const written = new Map<string, Map<string, number>>()
  for (const { term, text } of rows) {
    const counts = written.get(term) ?? new Map<string, number>()
    written.set(term, counts)
    for (const { parts, unstemmed, start, end } of wordsOf(text ?? '')) {
      const [own, ...others] = term.startsWith(AUTHOR_MARK) ? unstemmed.map((part) => AUTHOR_MARK + part) : parts
      if (own !== term || others.length > 0) continue
      const form = text
        .slice(start, end)
        .toLowerCase()
        .replace(/['’]s$/, '')
      counts.set(form, (counts.get(form) ?? 0) + 1)
    }
  }
  return written
}

/** These terms in the index, in texts and, with the mark of authors, in names. */
async function knownTerms(db: Db, { generation }: Index, terms: ReadonlySet<string>): Promise<Map<string, Term>> {
  const all = [...terms].flatMap((term) => [term, AUTHOR_MARK + term])
  const rows = await executePrepared<{ id: number; term: string; paper_count: number }>(
    db,
    sql`select id, term, ${paperCountOf(sql`id`)} as paper_count from search_terms
      where generation = ${generation}::smallint and term collate "C" = any(${sql.param(all)}::text[])`,
  )
  return new Map(
    rows.flatMap(({ id, term, paper_count: paperCount }) => (paperCount > 0 ? [[term, { id, paperCount }]] : [])),
  )
}

/** Terms similar by trigrams to the word's stem (or to the name), at most two edits away from it. */
async function termsByTrigrams(db: Db, { generation }: Index, word: string, isName: boolean): Promise<CandidateTerm[]> {
  if (word.length < SHORTEST_FOR_TRIGRAMS.word) return []
  const typed = isName ? AUTHOR_MARK + word : (wordsOf(word)[0]?.parts[0] ?? word)
  const rows = await executePrepared<{ id: number; term: string; paper_count: number }>(
    db,
    sql`select id, term, paper_count from (
        select id, term, ${paperCountOf(sql`id`)} as paper_count from search_terms
        where generation = ${generation}::smallint and term % ${typed}::text
          and starts_with(term, ${AUTHOR_MARK}) = ${isName}::boolean and strpos(term, ' ') = 0
      ) as similar_terms
      where paper_count > 1
      order by similarity(term, ${typed}::text) desc, paper_count desc limit 50`,
  )
  return rows.flatMap(({ id, term, paper_count: paperCount }) => {
    const distance = editDistance(typed, term, 2)
    return distance <= 2 ? [{ id, term, distance, paperCount }] : []
  })
}
