-- The index is made again from the papers, by the next start of a server: its impacts are one byte each now. Until then,
-- searches find what is in it so far.
DROP TABLE "search_postings" CASCADE;--> statement-breakpoint
DROP TABLE "search_touched" CASCADE;--> statement-breakpoint
TRUNCATE "search_terms", "search_papers";--> statement-breakpoint
DELETE FROM "search_generations" WHERE NOT "serving";--> statement-breakpoint
UPDATE "search_generations" SET "analyzer_version" = 4, "paper_count" = 0;--> statement-breakpoint
CREATE TABLE "search_blocks" (
	"term_id" integer NOT NULL,
	"first_paper" bigint NOT NULL,
	"postings" "bytea" NOT NULL,
	CONSTRAINT "search_blocks_term_id_first_paper_pk" PRIMARY KEY("term_id","first_paper")
);
--> statement-breakpoint
CREATE TABLE "search_lists" (
	"term_id" integer PRIMARY KEY NOT NULL,
	"paper_count" integer NOT NULL,
	"version" integer NOT NULL,
	"last_of_blocks" bigint NOT NULL,
	"postings" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "search_recent" (
	"paper_id" bigint NOT NULL,
	"term_id" integer NOT NULL,
	"impact" smallint NOT NULL,
	"is_merged" boolean NOT NULL,
	CONSTRAINT "search_recent_term_id_paper_id_pk" PRIMARY KEY("term_id","paper_id")
);
--> statement-breakpoint
ALTER TABLE "search_papers" ADD COLUMN "title" text NOT NULL;--> statement-breakpoint
ALTER TABLE "search_papers" ADD COLUMN "abstract" text NOT NULL;--> statement-breakpoint
ALTER TABLE "search_generations" DROP COLUMN "posted";--> statement-breakpoint
ALTER TABLE "search_papers" DROP COLUMN "words";--> statement-breakpoint
ALTER TABLE "search_terms" DROP COLUMN "paper_count";--> statement-breakpoint
-- What drizzle-kit does not know of, written by hand.
-- Postings are packed already, and a row with them stays on one page.
ALTER TABLE "search_lists" ALTER COLUMN "postings" SET STORAGE EXTERNAL, SET (toast_tuple_target = 8160, fillfactor = 70);--> statement-breakpoint
ALTER TABLE "search_blocks" ALTER COLUMN "postings" SET STORAGE EXTERNAL, SET (toast_tuple_target = 8160);--> statement-breakpoint
ALTER TABLE "search_terms" RESET (fillfactor);--> statement-breakpoint
-- It is empty now and again, and then has many rows within a minute. Prepared plans must not read it whole: with empty
-- pages, which vacuum keeps, the index is always cheaper.
ALTER TABLE "search_recent" SET (vacuum_truncate = false);--> statement-breakpoint
INSERT INTO "search_recent" SELECT 0, n, 0, false FROM generate_series(-5000, -1) AS n;--> statement-breakpoint
DELETE FROM "search_recent";--> statement-breakpoint
CREATE OR REPLACE FUNCTION "search_forget"("gone" bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  kept record;
  papers integer;
BEGIN
  LOCK TABLE search_generations IN SHARE ROW EXCLUSIVE MODE;
  FOR kept IN SELECT generation FROM search_generations WHERE NOT retired ORDER BY generation LOOP
    WITH removed AS (
      DELETE FROM search_papers WHERE generation = kept.generation AND paper_id = ANY (gone) RETURNING paper_id, term_ids
    ), postings AS (
      -- A posting without a row here is in the packed list.
      INSERT INTO search_recent (term_id, paper_id, impact, is_merged)
      SELECT term_id, paper_id, 0, true FROM removed CROSS JOIN LATERAL unnest(term_ids) AS entry (term_id)
      ON CONFLICT (term_id, paper_id) DO UPDATE SET impact = 0
    )
    SELECT count(*) FROM removed INTO papers;
    IF papers > 0 THEN
      UPDATE search_generations SET paper_count = paper_count - papers WHERE generation = kept.generation;
    END IF;
  END LOOP;
END $$;
