-- Half of each page is room for the next version of its rows, as all of them are counted at once when the index is made.
ALTER TABLE "search_terms" SET (fillfactor = 50);--> statement-breakpoint
-- Postings are read from their index alone where vacuum has been; by default it would come after a fifth has changed.
ALTER TABLE "search_postings" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);--> statement-breakpoint
-- As before, but papers and terms are counted with their postings: not yet in a generation that has none.
CREATE OR REPLACE FUNCTION "search_forget"("gone" bigint[]) RETURNS void LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  kept record;
  papers integer;
  unused integer[];
BEGIN
  LOCK TABLE search_generations IN SHARE ROW EXCLUSIVE MODE;
  FOR kept IN SELECT generation, posted FROM search_generations WHERE NOT retired ORDER BY generation LOOP
    WITH removed AS (
      DELETE FROM search_papers WHERE generation = kept.generation AND paper_id = ANY (gone) RETURNING paper_id, term_ids, impacts
    ), entries AS MATERIALIZED (
      SELECT paper_id, term_id, impact
      FROM removed CROSS JOIN LATERAL unnest(term_ids, impacts) AS entry (term_id, impact)
    ), touched AS (
      INSERT INTO search_touched (generation, paper_id, term_ids, impacts)
      SELECT kept.generation, paper_id, term_ids, impacts FROM removed WHERE NOT kept.posted
    ), postings AS (
      DELETE FROM search_postings AS posting USING entries
      WHERE (posting.term_id, posting.impact, posting.paper_id) = (entries.term_id, entries.impact, entries.paper_id)
        AND kept.posted
    ), terms AS (
      UPDATE search_terms AS term SET paper_count = term.paper_count - fewer.papers
      FROM (SELECT term_id, count(*) AS papers FROM entries GROUP BY term_id) AS fewer
      WHERE term.id = fewer.term_id AND kept.posted
      RETURNING term.id, term.paper_count
    )
    SELECT (SELECT count(*) FROM removed), (SELECT array_agg(id) FROM terms WHERE paper_count = 0) INTO papers, unused;
    DELETE FROM search_terms WHERE id = ANY (unused);
    IF papers > 0 AND kept.posted THEN
      UPDATE search_generations SET paper_count = paper_count - papers WHERE generation = kept.generation;
    END IF;
  END LOOP;
END $$;--> statement-breakpoint
-- Impacts have changed since the first version. An index without papers is one of any version.
UPDATE "search_generations" SET "analyzer_version" = 2 WHERE NOT EXISTS (SELECT FROM "search_papers");
