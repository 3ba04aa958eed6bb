CREATE EXTENSION IF NOT EXISTS pg_trgm;--> statement-breakpoint
CREATE TABLE "search_generations" (
	"generation" smallint PRIMARY KEY NOT NULL,
	"analyzer_version" integer NOT NULL,
	"serving" boolean NOT NULL,
	"retired" boolean DEFAULT false NOT NULL,
	"posted" boolean DEFAULT true NOT NULL,
	"paper_count" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "search_papers" (
	"paper_id" bigint NOT NULL,
	"generation" smallint NOT NULL,
	"term_ids" integer[] NOT NULL,
	"impacts" smallint[] NOT NULL,
	"words" text NOT NULL,
	CONSTRAINT "search_papers_generation_paper_id_pk" PRIMARY KEY("generation","paper_id")
);
--> statement-breakpoint
CREATE TABLE "search_postings" (
	"paper_id" bigint NOT NULL,
	"term_id" integer NOT NULL,
	"impact" smallint NOT NULL,
	CONSTRAINT "search_postings_term_id_impact_paper_id_pk" PRIMARY KEY("term_id","impact","paper_id")
);
--> statement-breakpoint
CREATE TABLE "search_terms" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "search_terms_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"generation" smallint NOT NULL,
	"term" text NOT NULL,
	"paper_count" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "search_touched" (
	"paper_id" bigint NOT NULL,
	"generation" smallint NOT NULL,
	"term_ids" integer[] NOT NULL,
	"impacts" smallint[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "search_papers" ADD CONSTRAINT "search_papers_generation_search_generations_generation_fk" FOREIGN KEY ("generation") REFERENCES "public"."search_generations"("generation") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "search_terms" ADD CONSTRAINT "search_terms_generation_search_generations_generation_fk" FOREIGN KEY ("generation") REFERENCES "public"."search_generations"("generation") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- What names are looked up by: words without capitals, accents and connectors, each behind a blank; `src/lists/lookup-form.ts` has the same.
CREATE FUNCTION "lookup_form"("name" text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT regexp_replace(' ' || btrim(
    regexp_replace(
      replace(replace(replace(replace(
        translate(
          lower(normalize(regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036f]', '', 'g'), NFC)),
          'øłđıðς''’`', 'oldidσ'),
        'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), 'þ', 'th'),
      '[-\u2010-\u2015/_.,:;()\s]+', ' ', 'g')), '\s+$', '')
$$;--> statement-breakpoint
ALTER TABLE "authors" ADD COLUMN "lookup" text collate "C" GENERATED ALWAYS AS (lookup_form(name) || case when lookup_form(slug) = lookup_form(name) then '' else ' /' || lookup_form(slug) end) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "lookup" text collate "C" GENERATED ALWAYS AS (lookup_form(name) || case when lookup_form(slug) = lookup_form(name) then '' else ' /' || lookup_form(slug) end) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "topics" ADD COLUMN "lookup" text collate "C" GENERATED ALWAYS AS (lookup_form(name) || case when lookup_form(slug) = lookup_form(name) then '' else ' /' || lookup_form(slug) end) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "search_touched" ADD CONSTRAINT "search_touched_generation_search_generations_generation_fk" FOREIGN KEY ("generation") REFERENCES "public"."search_generations"("generation") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "search_generations_serving" ON "search_generations" USING btree ("serving") WHERE "search_generations"."serving";--> statement-breakpoint
CREATE UNIQUE INDEX "search_terms_term" ON "search_terms" USING btree ("generation","term" collate "C");--> statement-breakpoint
CREATE INDEX "search_terms_trigrams" ON "search_terms" USING gin ("term" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "authors_by_lookup" ON "authors" USING btree ("lookup");--> statement-breakpoint
CREATE INDEX "authors_by_trigrams" ON "authors" USING gin ("lookup" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "organizations_by_lookup" ON "organizations" USING btree ("lookup");--> statement-breakpoint
CREATE INDEX "organizations_by_trigrams" ON "organizations" USING gin ("lookup" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "topics_by_lookup" ON "topics" USING btree ("lookup");--> statement-breakpoint
CREATE INDEX "topics_by_trigrams" ON "topics" USING gin ("lookup" gin_trgm_ops);--> statement-breakpoint
-- What drizzle-kit does not know of, written by hand.
ALTER TABLE "search_terms" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "paper_authors" ALTER COLUMN "author_id" SET STATISTICS 1000;--> statement-breakpoint
INSERT INTO "search_generations" ("generation", "analyzer_version", "serving") VALUES (1, 1, true);--> statement-breakpoint
-- Takes papers out of the search index, out of every generation. Papers that are not in it are passed over.
-- It finds rows by their keys alone: Postgres cannot know how few terms a paper has, and would read whole tables.
CREATE FUNCTION "search_forget"("gone" bigint[]) RETURNS void LANGUAGE plpgsql
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
      WHERE term.id = fewer.term_id
      RETURNING term.id, term.paper_count
    )
    SELECT (SELECT count(*) FROM removed), (SELECT array_agg(id) FROM terms WHERE paper_count = 0) INTO papers, unused;
    DELETE FROM search_terms WHERE id = ANY (unused);
    IF papers > 0 THEN
      UPDATE search_generations SET paper_count = paper_count - papers WHERE generation = kept.generation;
    END IF;
  END LOOP;
END $$;--> statement-breakpoint
CREATE FUNCTION "search_forget_deleted"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM deleted) THEN
    PERFORM search_forget(ARRAY(SELECT id FROM deleted));
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "papers_leave_search" AFTER DELETE ON "papers" REFERENCING OLD TABLE AS "deleted"
FOR EACH STATEMENT EXECUTE FUNCTION "search_forget_deleted"();
