-- The index is made again from the papers, by the next start of a server: it has words as numbers now. Until then, searches
-- find what is written meanwhile. An empty index needs no rebuild.
UPDATE "search_generations" SET "analyzer_version" = 0, "paper_count" = 0 WHERE EXISTS (SELECT FROM "search_papers");--> statement-breakpoint
TRUNCATE "search_terms", "search_papers", "search_lists", "search_blocks" RESTART IDENTITY;--> statement-breakpoint
-- Its empty pages stay, so that prepared plans do not read it whole (0020).
DELETE FROM "search_recent";--> statement-breakpoint
DELETE FROM "search_generations" WHERE NOT "serving";--> statement-breakpoint
ALTER TABLE "search_papers" ALTER COLUMN "impacts" SET DATA TYPE "bytea" USING NULL;--> statement-breakpoint
ALTER TABLE "search_papers" ALTER COLUMN "title" SET DATA TYPE "bytea" USING NULL;--> statement-breakpoint
ALTER TABLE "search_papers" ALTER COLUMN "abstract" SET DATA TYPE "bytea" USING NULL;--> statement-breakpoint
ALTER TABLE "search_generations" ADD COLUMN "first_term" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "search_papers" ADD COLUMN "other_terms" "bytea" NOT NULL;--> statement-breakpoint
ALTER TABLE "search_papers" DROP COLUMN "term_ids";--> statement-breakpoint
-- What drizzle-kit does not know of, written by hand.
-- The numbers of packed words: `src/search/packed-words.ts` says how they are packed.
CREATE FUNCTION "search_word_numbers"("words" "bytea") RETURNS SETOF integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN lead < 192 THEN lead - 128
    WHEN lead < 224 THEN 64 + (lead - 192) * 128 + get_byte(words, at + 1)
    WHEN lead < 240 THEN 4160 + (lead - 224) * 16384 + get_byte(words, at + 1) * 128 + get_byte(words, at + 2)
    ELSE 266304 + (lead - 240) * 2097152
      + get_byte(words, at + 1) * 16384 + get_byte(words, at + 2) * 128 + get_byte(words, at + 3)
  END
  FROM generate_series(0, length(words) - 1) AS at CROSS JOIN LATERAL (SELECT get_byte(words, at) AS lead OFFSET 0) AS first
  WHERE lead >= 128
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION "search_forget"("gone" bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  kept record;
  papers integer;
BEGIN
  LOCK TABLE search_generations IN SHARE ROW EXCLUSIVE MODE;
  FOR kept IN SELECT generation, first_term FROM search_generations WHERE NOT retired ORDER BY generation LOOP
    WITH removed AS (
      DELETE FROM search_papers WHERE generation = kept.generation AND paper_id = ANY (gone)
      RETURNING paper_id, title || abstract || other_terms AS words
    ), postings AS (
      -- A posting without a row here is in the packed list. Numbers below 128 are stop words.
      INSERT INTO search_recent (term_id, paper_id, impact, is_merged)
      SELECT DISTINCT kept.first_term + number - 128, paper_id, 0, true
      FROM removed CROSS JOIN LATERAL search_word_numbers(words) AS number WHERE number >= 128
      ON CONFLICT (term_id, paper_id) DO UPDATE SET impact = 0
    )
    SELECT count(*) FROM removed INTO papers;
    IF papers > 0 THEN
      UPDATE search_generations SET paper_count = paper_count - papers WHERE generation = kept.generation;
    END IF;
  END LOOP;
END $$;
