import { sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { authors } from '../../drizzle/tables/authors.ts'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { outsideCounts } from '../../drizzle/tables/outside-counts.ts'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import { paperIdentifiers } from '../../drizzle/tables/paper-identifiers.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import { trendingBasis } from '../../drizzle/tables/trending-basis.ts'
import { users } from '../../drizzle/tables/users.ts'
import { votes } from '../../drizzle/tables/votes.ts'
import type { Db } from '../../src/db/client.ts'
import { TRENDING_EPOCH } from '../../src/queries/trending.ts'
import { indexPapers } from '../../src/search/index/index-papers.ts'
import { normalizedTopicName } from '../../src/values/text.ts'
import type { PaperLinkKind } from '../../src/values/vocabulary.ts'
import { writeCards } from '../../src/writes/paper-cards.ts'
import { writing } from '../../src/writes/writing.ts'

/** Row ids in the order in which the rows were made: `paperIds[0]` is the first paper. */
export interface Catalogue {
  paperIds: number[]
  authorIds: number[]
  organizationIds: number[]
  topicIds: number[]
  userIds: number[]
}

/** The half-life of the scores; the program's default. */
export const HALF_LIFE_HOURS = 48

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Papers are published in the two weeks from here on, a Sunday, and listed the day after: in two ISO weeks, two months. */
const FIRST_DAY = Date.parse('2026-01-25T00:00:00Z')
const DAYS = 14

const KINDS_OF_WORK = ['Sparse', 'Recursive', 'Calibrated', 'Streaming', 'Contrastive', 'Lazy', 'Verified']
const THINGS = ['Attention', 'Planners', 'Tokenizers', 'Retrieval', 'Reward Models', 'Diffusion', 'Memories', 'Agents']
const FIELDS = ['Long Documents', 'Tidal Charts', 'Protein Folding', 'Robot Kitchens', 'Old Maps', 'Birdsong']
const GIVEN_NAMES = ['Ada', 'Bo', 'Chidi', 'Dagny', 'Emre', 'Farah', 'Goran', 'Hana', 'Iker', 'Jun']
const FAMILY_NAMES = ['Abara', 'Bellweather', 'Čapek', 'Dufresne']

const AUTHORS = FAMILY_NAMES.flatMap((family) => GIVEN_NAMES.map((given) => `${given} ${family}`))
const ORGANIZATIONS = ['Northlight Lab', 'University of Elsewhere', 'Quiet Machines', 'Polder AI', 'Institute Nine']
const USERS = ['ada-a', 'BoReads', 'curator', 'd0nna', 'emre']
const CATEGORIES = ['cs.CL', 'cs.CV', 'cs.LG', 'stat.ML']
const KEYWORDS = [
  'agents',
  'retrieval',
  'long context',
  'reinforcement learning',
  'Benchmarks',
  'robotics',
  'diffusion models',
]

const slugOf = (name: string): string => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/ /g, '-')
const spellingOf = (name: string): string | null => (name === normalizedTopicName(name) ? null : name)
const pick = <T>(list: readonly T[], place: number): T => list[place % list.length] as T
const instant = (time: number): string => new Date(time).toISOString()

/**
 * Fills an empty database with a made-up catalogue, always the same, of `n` papers (at most 1,000) and the people,
 * organizations and topics they share. It has the cases that lists get wrong: neighbours with equal keys in every
 * order, papers never listed, without votes, without an organization or an arXiv id, and the same author twice in a
 * paper. Derived columns and the search index agree with their rows.
 *
 * Slugs are the names in lower case with hyphens (`cs.cl`, `long-context`, `northlight-lab`, `ada-abara`).
 */
export async function givenPapers(db: Db, n: number): Promise<Catalogue> {
  const plans = Array.from({ length: n }, (_, index) => planPaper(index))
  await db.insert(trendingBasis).values({ halfLifeHours: HALF_LIFE_HOURS })

  const userIds = await insert(
    db,
    users,
    USERS.map((handle, place) => ({
      handle,
      name: place % 2 === 0 ? AUTHORS[place] : null,
      accountSince: place === 0 ? '2026-01-01T00:00:00.000Z' : null,
    })),
  )
  const authorIds = await insert(
    db,
    authors,
    AUTHORS.map((name, place) => ({
      name,
      slug: slugOf(name),
      userId: place === 0 ? userIds[0] : null,
      ...countsOf(plans.filter((plan) => plan.authors.includes(place))),
    })),
  )
  const organizationIds = await insert(
    db,
    organizations,
    ORGANIZATIONS.map((name, place) => ({
      name,
      slug: slugOf(name),
      avatarUrl: place % 2 === 0 ? `https://pictures.example/${slugOf(name)}.png` : null,
      ...countsOf(plans.filter((plan) => plan.organization === place)),
    })),
  )
  const topicIds = await insert(
    db,
    topics,
    [...CATEGORIES, ...KEYWORDS].map((name, place) => {
      const theirs = plans.filter((plan) => plan.topics.includes(place))
      return {
        name,
        kind: place < CATEGORIES.length ? ('CATEGORY' as const) : ('KEYWORD' as const),
        slug: slugOf(name),
        normalizedName: normalizedTopicName(name),
        paperCount: theirs.length,
        trendingScore: logSum(theirs.map((plan) => ({ n: 1, x: plan.row.trendingScore }))),
      }
    }),
  )
  const paperIds = await insert(
    db,
    papers,
    plans.map((plan) => ({
      ...plan.row,
      submitterId: plan.submitter === null ? null : userIds[plan.submitter],
      organizationId: plan.organization === null ? null : organizationIds[plan.organization],
    })),
  )

  const ofPapers = <Row>(rowsOf: (plan: PaperPlan, paperId: number) => Row[]): Row[] =>
    plans.flatMap((plan, place) => rowsOf(plan, paperIds[place] as number))
  await insert(
    db,
    paperAuthors,
    ofPapers((plan, paperId) =>
      plan.authors.map((author, place) => ({
        paperId,
        position: place + 1,
        authorId: authorIds[author] as number,
        repeated: plan.authors.indexOf(author) < place,
        publishedAt: plan.row.publishedAt,
      })),
    ),
  )
  await insert(
    db,
    paperTopics,
    ofPapers((plan, paperId) =>
      plan.topics.map((topic, position) => ({
        paperId,
        topicId: topicIds[topic] as number,
        position,
        publishedAt: plan.row.publishedAt,
        spelling: spellingOf([...CATEGORIES, ...KEYWORDS][topic] as string),
      })),
    ),
  )
  await insert(
    db,
    paperLinks,
    ofPapers(({ links }, paperId) => links.map((link, position) => ({ paperId, position, ...link }))),
  )
  await insert(
    db,
    paperIdentifiers,
    ofPapers(({ identifiers }, paperId) => identifiers.map((identifier) => ({ paperId, ...identifier }))),
  )
  await insert(
    db,
    outsideCounts,
    ofPapers(({ reports }, paperId) =>
      reports.map(({ at, votes: counted, increment }) => ({
        paperId,
        source: 'made-up',
        countedAt: instant(at),
        votes: counted,
        increment,
      })),
    ),
  )
  await insert(
    db,
    votes,
    ofPapers((plan, paperId) =>
      plan.votes.map(({ user, at }) => ({ paperId, userId: userIds[user] as number, votedAt: instant(at) })),
    ),
  )
  await writeCards(db, sql`select id from papers`)
  await writing(db, (open) => indexPapers(open, paperIds))
  return { paperIds, authorIds, organizationIds, topicIds, userIds }
}

/** Inserts the rows and returns their ids, if the table has ids. */
async function insert<Table extends PgTable>(db: Db, table: Table, rows: Table['$inferInsert'][]): Promise<number[]> {
  if (rows.length === 0) return []
  const inserted = await db.insert(table).values(rows).returning()
  return inserted.map((row) => row.id as number)
}

/** A paper before it has an id. Authors, topics, organization and people are places in the lists above. */
interface PaperPlan {
  row: Omit<typeof papers.$inferInsert, 'trendingScore' | 'voteCount'> & { trendingScore: number; voteCount: number }
  authors: number[]
  topics: number[]
  organization: number | null
  submitter: number | null
  links: { kind: PaperLinkKind; url: string; title: string | null }[]
  identifiers: { scheme: string; value: string }[]
  /** Vote counts reported by the source, oldest first. */
  reports: { at: number; votes: number; increment: number }[]
  /** Votes cast here. */
  votes: { user: number; at: number }[]
}

function planPaper(index: number): PaperPlan {
  // Two papers in a row share the values that lists are ordered by.
  const pair = index >> 1
  const published = FIRST_DAY + ((pair * 5) % DAYS) * DAY + (pair % 2 === 0 ? 0 : (pair % 9) * HOUR + 30 * pair)
  const isListed = index % 7 !== 6
  const listedOn = published - (published % DAY) + DAY
  const listedAt = listedOn + (pair % 3 === 0 ? 0 : 9 * HOUR + (pair % 4) * 250)

  const counted = pair % 5 === 0 ? 0 : ((pair * 7) % 12) + 1
  const early = counted > 6 ? counted - 4 : 0
  const reports = [
    { at: listedOn + DAY / 2, votes: early, increment: early },
    { at: listedOn + DAY, votes: counted, increment: counted - early },
  ].filter(({ votes }) => votes > 0)
  const cast = index % 10 === 3 ? USERS.slice(0, 1 + (pair % USERS.length)).map((_, user) => user) : []
  const castVotes = cast.map((user) => ({ user, at: listedOn + 2 * DAY + (user >> 1) * HOUR }))
  const weights = [
    ...reports.map(({ at, increment }) => ({ n: increment, x: exponent(at) })),
    ...castVotes.map(({ at }) => ({ n: 1, x: exponent(at) })),
  ]

  const authorCount = 1 + (index % 6)
  const authorPlaces = Array.from({ length: authorCount }, (_, place) => (index * 3 + place * 7) % AUTHORS.length)
  // A name twice in one paper, as some papers of several people of one name have it.
  if (index % 11 === 9) authorPlaces[authorCount - 1] = authorPlaces[0] as number
  const topicPlaces = new Set([
    index % CATEGORIES.length,
    ...(index % 3 === 0 ? [(index + 2) % CATEGORIES.length] : []),
    ...Array.from({ length: index % 4 }, (_, place) => CATEGORIES.length + ((pair + place * 2) % KEYWORDS.length)),
  ])

  const number = String(index + 1).padStart(5, '0')
  const onArxiv = index % 9 !== 8
  const repository = `https://code.example/paper-${number}`
  return {
    row: {
      arxivId: onArxiv ? `2601.${number}` : null,
      doi: !onArxiv || index % 5 === 1 ? `10.5555/made.up.${number}` : null,
      title: `${pick(KINDS_OF_WORK, index)} ${pick(THINGS, pair)} for ${pick(FIELDS, index + pair)} ${index + 1}`,
      abstract: index % 8 === 7 ? null : `Paper ${index + 1} of a made-up catalogue. It claims nothing.`,
      summary: index % 3 === 2 ? null : `Says in one sentence what paper ${index + 1} is about.`,
      publishedAt: instant(published),
      updatedAt: index % 4 === 0 ? instant(published + 3 * DAY) : null,
      listedAt: isListed ? instant(listedAt) : null,
      listedOn: isListed ? instant(listedOn).slice(0, 10) : null,
      thumbnailUrl: index % 2 === 0 ? `https://pictures.example/paper-${number}.png` : null,
      githubStars: index % 3 === 0 ? index * 10 : null,
      authorCount,
      voteCount: counted + cast.length,
      commentCount: pair % 6,
      trendingScore: logSum(weights),
      factsAsOf: instant(FIRST_DAY + 30 * DAY),
      otherStatements: index % 5 === 0 ? JSON.stringify({ title: ['ARXIV', instant(published)] }) : null,
    },
    authors: authorPlaces,
    topics: [...topicPlaces],
    organization: index % 4 === 3 ? null : (index + pair) % ORGANIZATIONS.length,
    submitter: isListed ? (index + pair) % USERS.length : null,
    links: [
      ...(index % 3 === 0 ? [{ kind: 'CODE' as const, url: repository, title: 'code' }] : []),
      ...(index % 4 === 1 ? [{ kind: 'PROJECT' as const, url: `${repository}/page`, title: null }] : []),
      ...(index % 6 === 0 ? [{ kind: 'DISCUSSION' as const, url: `${repository}/talk`, title: null }] : []),
      ...(index % 7 === 3 ? [{ kind: 'MODEL' as const, url: `${repository}/model`, title: null }] : []),
      ...(index % 8 === 3 ? [{ kind: 'DATASET' as const, url: `${repository}/data`, title: null }] : []),
      ...(index % 9 === 3 ? [{ kind: 'DEMO' as const, url: `${repository}/demo`, title: null }] : []),
    ],
    identifiers: index % 10 === 4 ? [{ scheme: 'openreview', value: `made${number}` }] : [],
    reports,
    votes: castVotes,
  }
}

const countsOf = (theirs: PaperPlan[]) => ({
  paperCount: theirs.length,
  voteCount: theirs.reduce((sum, plan) => sum + plan.row.voteCount, 0),
})

/** The logarithm of the weight of a vote cast at a moment: see `src/queries/trending.ts`. */
const exponent = (at: number): number => (at - Date.parse(TRENDING_EPOCH)) / (HALF_LIFE_HOURS * HOUR)

/** log2 of the sum of n·2^x, -Infinity for none. */
function logSum(terms: { n: number; x: number }[]): number {
  const highest = Math.max(...terms.map(({ x }) => x))
  if (highest === Number.NEGATIVE_INFINITY) return highest
  return highest + Math.log2(terms.reduce((sum, { n, x }) => sum + n * 2 ** (x - highest), 0))
}
