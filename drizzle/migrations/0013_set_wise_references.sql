ALTER TABLE "paper_authors" DROP CONSTRAINT "paper_authors_paper_id_papers_id_fk";
--> statement-breakpoint
ALTER TABLE "paper_authors" DROP CONSTRAINT "paper_authors_author_id_authors_id_fk";
--> statement-breakpoint
ALTER TABLE "paper_cards" DROP CONSTRAINT "paper_cards_paper_id_papers_id_fk";
--> statement-breakpoint
ALTER TABLE "paper_topics" DROP CONSTRAINT "paper_topics_paper_id_papers_id_fk";
--> statement-breakpoint
ALTER TABLE "paper_topics" DROP CONSTRAINT "paper_topics_topic_id_topics_id_fk";
--> statement-breakpoint
ALTER TABLE "import_runs" ADD COLUMN "uncounted_from" bigint;--> statement-breakpoint
ALTER TABLE "import_runs" ADD COLUMN "uncounted_to" bigint;
--> statement-breakpoint
-- What drizzle-kit does not know of, written by hand. A trigger gets pairs of a column and the table that it refers to.
CREATE FUNCTION "check_references"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  missing bigint;
BEGIN
  FOR n IN 0 .. TG_NARGS - 1 BY 2 LOOP
    EXECUTE format(
      'SELECT %1$I FROM added WHERE NOT EXISTS (SELECT FROM %2$I.%3$I AS target WHERE target.id = added.%1$I) LIMIT 1',
      TG_ARGV[n], TG_TABLE_SCHEMA, TG_ARGV[n + 1]
    ) INTO missing;
    IF missing IS NOT NULL THEN
      RAISE foreign_key_violation USING
        MESSAGE = format('%s.%s is %s, and %s has no such row', TG_TABLE_NAME, TG_ARGV[n], missing, TG_ARGV[n + 1]),
        TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[n];
    END IF;
  END LOOP;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "paper_authors_inserted" AFTER INSERT ON "paper_authors" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers', 'author_id', 'authors');--> statement-breakpoint
CREATE TRIGGER "paper_authors_updated" AFTER UPDATE ON "paper_authors" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers', 'author_id', 'authors');--> statement-breakpoint
CREATE TRIGGER "paper_topics_inserted" AFTER INSERT ON "paper_topics" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers', 'topic_id', 'topics');--> statement-breakpoint
CREATE TRIGGER "paper_topics_updated" AFTER UPDATE ON "paper_topics" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers', 'topic_id', 'topics');--> statement-breakpoint
CREATE TRIGGER "paper_cards_inserted" AFTER INSERT ON "paper_cards" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers');--> statement-breakpoint
CREATE FUNCTION "papers_take_rows"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM paper_authors WHERE paper_id IN (SELECT id FROM deleted);
  DELETE FROM paper_topics WHERE paper_id IN (SELECT id FROM deleted);
  DELETE FROM paper_cards WHERE paper_id IN (SELECT id FROM deleted);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "papers_take_rows" AFTER DELETE ON "papers" REFERENCING OLD TABLE AS "deleted"
FOR EACH STATEMENT EXECUTE FUNCTION "papers_take_rows"();--> statement-breakpoint
CREATE FUNCTION "keep_referenced"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kept bigint;
BEGIN
  EXECUTE format(
    'SELECT id FROM deleted WHERE EXISTS (SELECT FROM %I.%I AS source WHERE source.%I = deleted.id) LIMIT 1',
    TG_TABLE_SCHEMA, TG_ARGV[0], TG_ARGV[1]
  ) INTO kept;
  IF kept IS NOT NULL THEN
    RAISE foreign_key_violation USING
      MESSAGE = format('%s refers to row %s of %s', TG_ARGV[0], kept, TG_TABLE_NAME), TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "authors_deleted" AFTER DELETE ON "authors" REFERENCING OLD TABLE AS "deleted"
FOR EACH STATEMENT EXECUTE FUNCTION "keep_referenced"('paper_authors', 'author_id');--> statement-breakpoint
CREATE TRIGGER "topics_deleted" AFTER DELETE ON "topics" REFERENCING OLD TABLE AS "deleted"
FOR EACH STATEMENT EXECUTE FUNCTION "keep_referenced"('paper_topics', 'topic_id');
