import { type SQL, sql } from 'drizzle-orm'

/** How many papers have a term: those of its list, and the difference that recent postings make. */
export const paperCountOf = (termId: SQL): SQL => sql`(
  coalesce((select paper_count from search_lists where term_id = ${termId}), 0) + coalesce((
    select sum((impact > 0)::int - is_merged::int) from search_recent where term_id = ${termId}
  ), 0)
)::int`
