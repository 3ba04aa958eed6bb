import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import { accessTokens } from '../../../drizzle/tables/access-tokens.ts'
import { auditLog } from '../../../drizzle/tables/audit-log.ts'
import { authors } from '../../../drizzle/tables/authors.ts'
import { changeClock } from '../../../drizzle/tables/change-clock.ts'
import { deliveries } from '../../../drizzle/tables/deliveries.ts'
import { digests } from '../../../drizzle/tables/digests.ts'
import { erasedIdentities } from '../../../drizzle/tables/erased-identities.ts'
import { finalEditions } from '../../../drizzle/tables/final-editions.ts'
import { importRuns } from '../../../drizzle/tables/import-runs.ts'
import { mailAddresses } from '../../../drizzle/tables/mail-addresses.ts'
import { organizations } from '../../../drizzle/tables/organizations.ts'
import { outsideCounts } from '../../../drizzle/tables/outside-counts.ts'
import { paperAuthors } from '../../../drizzle/tables/paper-authors.ts'
import { paperCards } from '../../../drizzle/tables/paper-cards.ts'
import { paperChanges } from '../../../drizzle/tables/paper-changes.ts'
import { paperIdentifiers } from '../../../drizzle/tables/paper-identifiers.ts'
import { paperLinks } from '../../../drizzle/tables/paper-links.ts'
import { paperReports } from '../../../drizzle/tables/paper-reports.ts'
import { paperTopicRepeats } from '../../../drizzle/tables/paper-topic-repeats.ts'
import { paperTopics } from '../../../drizzle/tables/paper-topics.ts'
import { papers } from '../../../drizzle/tables/papers.ts'
import { requestPaces } from '../../../drizzle/tables/request-paces.ts'
import { savedFilters } from '../../../drizzle/tables/saved-filters.ts'
import { searchBlocks } from '../../../drizzle/tables/search-blocks.ts'
import { searchGenerations } from '../../../drizzle/tables/search-generations.ts'
import { searchLists } from '../../../drizzle/tables/search-lists.ts'
import { searchPapers } from '../../../drizzle/tables/search-papers.ts'
import { searchRecent } from '../../../drizzle/tables/search-recent.ts'
import { searchTerms } from '../../../drizzle/tables/search-terms.ts'
import { authorAliases, topicAliases } from '../../../drizzle/tables/slug-aliases.ts'
import { suspendedVotes } from '../../../drizzle/tables/suspended-votes.ts'
import { syncSources } from '../../../drizzle/tables/sync-sources.ts'
import { topics } from '../../../drizzle/tables/topics.ts'
import { touchedPapers } from '../../../drizzle/tables/touched-papers.ts'
import { trendingBasis } from '../../../drizzle/tables/trending-basis.ts'
import { users } from '../../../drizzle/tables/users.ts'
import { votes } from '../../../drizzle/tables/votes.ts'
import { webhookChanges } from '../../../drizzle/tables/webhook-changes.ts'
import { webhookDeliveries } from '../../../drizzle/tables/webhook-deliveries.ts'
import { webhookEvents } from '../../../drizzle/tables/webhook-events.ts'
import { webhookPapers } from '../../../drizzle/tables/webhook-papers.ts'
import { webhooks } from '../../../drizzle/tables/webhooks.ts'
import { webSubFeeds } from '../../../drizzle/tables/websub-feeds.ts'

/**
 * The tables of an export: each after those that it refers to. All of their columns are exported, except generated ones.
 *
 * Counts and scores are exported with their rows, although they can be computed: scores are sums of floating-point numbers
 * whose last bits depend on the order of the votes, and papers with nearly equal scores would change places.
 */
const EXPORTED: readonly PgTable[] = [
  trendingBasis,
  users,
  erasedIdentities,
  accessTokens,
  auditLog,
  organizations,
  authors,
  authorAliases,
  topics,
  topicAliases,
  papers,
  paperAuthors,
  paperTopics,
  paperTopicRepeats,
  paperLinks,
  paperIdentifiers,
  outsideCounts,
  votes,
  suspendedVotes,
  paperReports,
  importRuns,
  syncSources,
  savedFilters,
  mailAddresses,
  digests,
  finalEditions,
  deliveries,
  webhooks,
  webhookPapers,
  webhookEvents,
  webhookDeliveries,
  // After what its triggers look at, so that a restore notes no change.
  webhookChanges,
  webSubFeeds,
  paperChanges,
]

/** The other tables, and why a restore computes them again. A test fails if a table is in neither list. */
export const COMPUTED: readonly { table: PgTable; reason: string }[] = [
  { table: requestPaces, reason: 'holds for seconds' },
  { table: touchedPapers, reason: 'is empty between transactions' },
  { table: changeClock, reason: 'begins again, so that cursors from before are refused' },
  { table: paperCards, reason: 'repeats authors and topics' },
  { table: searchGenerations, reason: 'belongs to the search index' },
  { table: searchTerms, reason: 'several times as large as the papers, from whose texts it is made' },
  { table: searchPapers, reason: 'the same' },
  { table: searchLists, reason: 'the same' },
  { table: searchBlocks, reason: 'the same' },
  { table: searchRecent, reason: 'the same' },
]

/** A table as exports and restores use it. */
export interface StoredTable {
  name: string
  /** The columns that are stored, in the order of their declaration. */
  columns: readonly string[]
  /** The primary key, which is the order of the rows. */
  key: readonly { name: string; isText: boolean }[]
  /** Whether it gives out the ids of its rows. */
  hasIds: boolean
}

export const STORED_TABLES: readonly StoredTable[] = EXPORTED.map(describe)

function describe(table: PgTable): StoredTable {
  const { name, columns, primaryKeys } = getTableConfig(table)
  const keyNames = primaryKeys[0]?.columns.map((column) => column.name)
  const key = keyNames?.map((each) => columns.find((column) => column.name === each) as PgColumn)
  return {
    name,
    columns: columns.filter(({ generated }) => generated === undefined).map((column) => column.name),
    key: (key ?? columns.filter(({ primary }) => primary)).map((column) => ({
      name: column.name,
      isText: column.getSQLType().startsWith('text'),
    })),
    hasIds: columns.some(({ generatedIdentity }) => generatedIdentity !== undefined),
  }
}
