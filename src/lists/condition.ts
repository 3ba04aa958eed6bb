import type { SQL } from 'drizzle-orm'
import type { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import type { paperTopics } from '../../drizzle/tables/paper-topics.ts'

/** A condition on `papers` with one value. */
export interface Condition {
  /** The same for conditions of the same text. */
  shape: string
  value: unknown
  /** As the planner likes it when it is free to choose where to begin. */
  where(value: SQL): SQL
  /** As a test of one row after the other, which the planner cannot turn round; absent where `where` is one already. */
  probe?(value: SQL): SQL
  /** Where an index gives the papers that meet it. */
  range?: Range
}

export interface Range {
  /** Selects the ids of the papers that meet the condition, perhaps some twice. */
  ids(value: SQL): SQL
  /** How many rows that reads at most. */
  reach: number
  /** How many of these meet the condition, where that is not all. */
  likely?: number
  /** Where the index has them in the order of publication, each once: so for one topic, not for several. */
  walk: Walk | null
}

export interface Walk {
  table: typeof paperTopics | typeof paperAuthors
  where(value: SQL): SQL
}
