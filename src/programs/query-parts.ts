import type { Db } from '../db/client.ts'
import type { QueryParts } from '../http/graphql/run-own-query.ts'
import type { LiveEvents } from '../live/events.ts'
import { RelatedPapers } from '../search/related.ts'
import type { Settings } from '../settings.ts'
import { VoteWriter } from '../writes/vote-writer.ts'
import { editionClockOf } from './sync-parts.ts'

/** Only queries are run, which hear of no events. */
const NO_EVENTS: LiveEvents = {
  subscribe: () => {
    throw new Error('A program subscribes to no events.')
  },
  onChange: () => {},
  onAccess: () => {},
  isCurrent: () => true,
}

/** What a program runs queries of its own with. */
export function queryPartsOf(db: Db, settings: Settings, publicUrl: string): QueryParts {
  const clock = editionClockOf(settings)
  const { trendingHalfLifeHours: halfLifeHours } = settings
  return {
    db,
    counting: db,
    related: new RelatedPapers(),
    clock,
    trending: { halfLifeHours },
    publicUrl,
    votes: new VoteWriter(db, { halfLifeHours, now: clock.now }),
    live: NO_EVENTS,
  }
}
