import type { Db } from '../src/db/client.ts'
import type { UnknownMembers } from '../src/lists/unknown-members.ts'
import type { LiveEvents } from '../src/live/events.ts'
import type { Loaders } from '../src/loaders/index.ts'
import type { UserRow } from '../src/queries/users.ts'
import type { EditionClock } from '../src/values/editions.ts'
import type { Budget } from '../src/values/quotas.ts'
import type { Scope } from '../src/values/scopes.ts'
import type { VoteWriter } from '../src/writes/vote-writer.ts'

/** Who sends a request, and what their token allows. */
export interface Viewer {
  user: UserRow
  scopes: ReadonlySet<Scope>
}

/** What a request spends of its client's rate limit. */
export interface Spending {
  /** What the whole operation costs, in points. */
  points: number
  /** What is left of the client's points after this request; null on a server without limits. */
  standing: { limit: number; remaining: number; resetAt: Date } | null
  /** Counts one vote or submission of the viewer: null if it is allowed, or the moment from which it is. */
  spend(budget: Budget): Promise<Date | null>
}

/** What resolvers are given, made anew for each request. */
export interface Context {
  db: Db
  /** A separate pool for counts and facets, which read whole lists, so that pages do not wait for them. */
  counting: Db
  loaders: Loaders
  /** Reads the current papers of subscription events, once for all events that need a paper at the same time. */
  currentPapers: Loaders['paper']
  /** The person signed in, or null. */
  viewer: Viewer | null
  spending: Spending
  votes: VoteWriter
  live: LiveEvents
  trending: { halfLifeHours: number }
  /** Collects members of filter lists that name nothing, for `extensions.unknown` of the response. */
  unknown: UnknownMembers
  /** The address of this server as its clients know it, without a slash at the end. */
  publicUrl: string
  /** Decides which editions are still open. */
  clock: EditionClock
  /** What webhooks may have. Each returns what is wrong, as a sentence, or null. */
  webhookChecks: {
    address(url: string): Promise<string | null>
    document(text: string): string | null
  }
}
