import type { Logger } from 'pino'
import type { Db } from '../db/client.ts'
import type { LiveEvents } from '../live/events.ts'
import type { WebSubHub } from '../live/websub.ts'
import type { RelatedPapers } from '../search/related.ts'
import type { EditionClock } from '../values/editions.ts'
import type { VoteWriter } from '../writes/vote-writer.ts'
import type { Authenticate } from './auth.ts'

/** What the server needs from outside; tests hand in their own. */
export interface ServerParts {
  db: Db
  /** A pool of its own for what reads whole lists: counts and facets must not keep pages waiting. */
  counting: Db
  log: Logger
  clock: EditionClock
  authenticate: Authenticate
  votes: VoteWriter
  live: LiveEvents
  /** What is known of related papers from one request to the next; forgotten here when the catalogue changes. */
  related: RelatedPapers
  trending: { halfLifeHours: number }
  /** Where this server is to be found from outside, without a slash at the end. */
  publicUrl: string
  /** Which sites may show the embedded lists in a frame, as a content security policy names them; all unless told. */
  frameAncestors?: string
  /** How much memory finished answers may take; 0 keeps none. */
  cacheMegabytes: number
  /** Where readers of feeds can subscribe; absent where nobody can. */
  hub?: WebSubHub
  /** Milliseconds after which a connection is closed whose request or answer does not move; tests have less. */
  silence?: number
}

/** No answer takes as long. */
export const LONGEST_SILENCE = 60_000
