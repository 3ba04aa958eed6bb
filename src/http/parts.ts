import type { Logger } from 'pino'
import type { Db } from '../db/client.ts'
import type { DatabaseWatch } from '../db/outage.ts'
import type { WebSub } from '../deliveries/websub.ts'
import type { Images } from '../images/images.ts'
import type { LiveEvents } from '../live/events.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { RelatedPapers } from '../search/related.ts'
import type { EditionClock } from '../values/editions.ts'
import type { VoteWriter } from '../writes/vote-writer.ts'
import type { Authenticate } from './auth.ts'
import type { RateLimits } from './rate-limits/rate-limits.ts'

/** What the server is made of; tests pass their own. */
export interface ServerParts {
  db: Db
  /** A separate pool for counts and facets, which read whole lists, so that pages do not wait for them. */
  counting: Db
  log: Logger
  clock: EditionClock
  authenticate: Authenticate
  votes: VoteWriter
  live: LiveEvents
  /** A cache of related papers; the server clears it when the catalogue changes. */
  related: RelatedPapers
  trending: { halfLifeHours: number }
  /** The address of this server as its clients know it, without a slash at the end. */
  publicUrl: string
  /** Sites that may show embedded lists in a frame, in the syntax of a content security policy; the default is all. */
  frameAncestors?: string
  /** Memory for cached responses; 0 caches nothing. */
  cacheMegabytes: number
  /** How many proxies stand before the server; the default is 0. */
  trustedProxies?: number
  /** What the process counts, for Prometheus. */
  metrics?: Metrics
  /** Knows whether the database is away; without it, requests wait for it. */
  watch?: DatabaseWatch
  /** For how many seconds cached responses are sent while the database is away; the default is 0. */
  staleIfError?: number
  /** How much each client may do; without it, there are no limits. */
  rateLimits?: RateLimits
  /** Whether webhooks may have addresses in private networks; the default is false. */
  allowPrivateNetworks?: boolean
  /** Pictures from elsewhere; without it, there are placeholders. */
  images?: Images
  /** The WebSub hub where feed readers can subscribe, if there is one. */
  hub?: WebSub
  /** Aborted when the server begins to stop. */
  stopping?: AbortSignal
  /** Milliseconds without progress after which a connection is closed; tests use less. */
  silence?: number
}

/** In milliseconds; no response takes this long. */
export const LONGEST_SILENCE = 60_000

/**
 * Does work that needs the database.
 *
 * @throws Unavailable as soon as the database is known to be away
 */
export const guarded = <Result>({ watch }: ServerParts, work: () => Promise<Result>): Promise<Result> =>
  watch ? watch.guard(work) : work()
