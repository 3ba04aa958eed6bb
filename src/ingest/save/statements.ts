import {
  PAPER_LINK_KINDS,
  type PaperLinkKind,
  type Speaker,
  TOPIC_KINDS,
  type TopicKind,
} from '../../values/vocabulary.ts'
import { type PaperEntry, ROUGH_DATES } from '../entry.ts'
import { FACT_NAMES, type FactName, LIST_OWNERS, type Owner, PAPER_FACTS } from '../paper-facts.ts'

/** Who says a fact, and when. */
export interface Statement {
  by: Speaker
  asOf: string
  /** 0 for what is certain. A doubtful statement never replaces one that is less so. */
  doubt: number
}

/** What statements are about: a fact, or a list of which each kind is separate. */
export type StatedName = StatedFact | 'authors' | `topics.${TopicKind}` | `links.${PaperLinkKind}`
type StatedFact = {
  [Name in FactName]: (typeof PAPER_FACTS)[Name] extends { owner: Owner } ? Name : never
}[FactName]

const OWNERS = new Map<StatedName, Owner>([
  ...FACT_NAMES.flatMap((name): [StatedName, Owner][] => {
    const fact = PAPER_FACTS[name]
    return 'owner' in fact ? [[name as StatedFact, fact.owner]] : []
  }),
  ['authors', LIST_OWNERS.authors],
  ...TOPIC_KINDS.map((kind): [StatedName, Owner] => [`topics.${kind}`, LIST_OWNERS.topics[kind]]),
  ...PAPER_LINK_KINDS.map((kind): [StatedName, Owner] => [`links.${kind}`, LIST_OWNERS.links]),
])

export const STATED_NAMES: readonly StatedName[] = [...OWNERS.keys()]

const RANKS: Record<Speaker, number> = { CURATOR: 4, ARXIV: 2, LIST: 2, OPERATOR: 3, SUBMISSION: 1, FEED: 0 }

/** Curators rank highest, then the owner of a fact and the operator, then arXiv and lists, submissions, and feeds. */
const rankOf = (by: Speaker, name: StatedName): number => (by === OWNERS.get(name) ? 3 : RANKS[by])

/** Positive if the first authority ranks higher for a fact, negative if the second one does. */
export const compareRanks = (name: StatedName, one: Statement, other: Statement): number =>
  rankOf(one.by, name) - rankOf(other.by, name)

/** Whether a statement replaces the stored one. Between equal statements the one that comes later does. */
export function outranks(name: StatedName, said: Statement, stored: Statement): boolean {
  if (said.doubt !== stored.doubt) return said.doubt < stored.doubt
  const rank = compareRanks(name, said, stored)
  return rank === 0 ? said.asOf >= stored.asOf : rank > 0
}

/** An entry of a source, or what a curator says in the same form. */
export type PaperStatement = Omit<PaperEntry, 'authority'> & { authority: Speaker }

/** Something that is said of a paper: a statement, or a part of one. */
export type Said = Pick<PaperStatement, 'authority' | 'asOf'> & Partial<PaperStatement>

/** The statement of an entry about a fact that it brings. */
export const statementIn = ({ authority, asOf, publishedAtIs }: Said, name: StatedName): Statement => ({
  by: authority,
  asOf,
  doubt: name === 'publishedAt' && publishedAtIs !== undefined ? 1 + ROUGH_DATES.indexOf(publishedAtIs) : 0,
})

/**
 * The column `other_statements`: `{"title":["ARXIV","2026-11-10T00:00:00.000Z"],…}`, with the doubt as third member if
 * there is some. Null if there are none.
 */
export function writeStatements(statements: readonly (readonly [StatedName, Statement])[]): string | null {
  if (statements.length === 0) return null
  return JSON.stringify(
    Object.fromEntries(
      statements.map(([name, { by, asOf, doubt }]) => [name, doubt === 0 ? [by, asOf] : [by, asOf, doubt]]),
    ),
  )
}

export function readStatements(text: string | null): Map<StatedName, Statement> {
  if (text === null) return new Map()
  const stored = JSON.parse(text) as Record<StatedName, [Speaker, string, number?]>
  return new Map(
    Object.entries(stored).map(([name, [by, asOf, doubt = 0]]) => [name as StatedName, { by, asOf, doubt }]),
  )
}
