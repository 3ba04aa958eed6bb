CREATE TABLE "paper_topic_repeats" (
	"paper_id" bigint NOT NULL,
	"named_topic_id" bigint NOT NULL,
	"position" integer NOT NULL,
	"spelling" text,
	CONSTRAINT "paper_topic_repeats_paper_id_named_topic_id_pk" PRIMARY KEY("paper_id","named_topic_id")
);
--> statement-breakpoint
ALTER TABLE "authors" ADD COLUMN "merged_into" bigint;--> statement-breakpoint
ALTER TABLE "authors" ADD COLUMN "merged_first_into" bigint;--> statement-breakpoint
ALTER TABLE "paper_authors" ADD COLUMN "named_author_id" bigint;--> statement-breakpoint
ALTER TABLE "paper_topics" ADD COLUMN "named_topic_id" bigint;--> statement-breakpoint
ALTER TABLE "topics" ADD COLUMN "merged_into" bigint;--> statement-breakpoint
ALTER TABLE "topics" ADD COLUMN "merged_first_into" bigint;--> statement-breakpoint
ALTER TABLE "paper_topic_repeats" ADD CONSTRAINT "paper_topic_repeats_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_topic_repeats" ADD CONSTRAINT "paper_topic_repeats_named_topic_id_topics_id_fk" FOREIGN KEY ("named_topic_id") REFERENCES "public"."topics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "paper_topic_repeats_of_topic" ON "paper_topic_repeats" USING btree ("named_topic_id");--> statement-breakpoint
ALTER TABLE "authors" ADD CONSTRAINT "authors_merged_into_authors_id_fk" FOREIGN KEY ("merged_into") REFERENCES "public"."authors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "authors" ADD CONSTRAINT "authors_merged_first_into_authors_id_fk" FOREIGN KEY ("merged_first_into") REFERENCES "public"."authors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "topics" ADD CONSTRAINT "topics_merged_into_topics_id_fk" FOREIGN KEY ("merged_into") REFERENCES "public"."topics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "topics" ADD CONSTRAINT "topics_merged_first_into_topics_id_fk" FOREIGN KEY ("merged_first_into") REFERENCES "public"."topics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "authors_merged" ON "authors" USING btree ("merged_first_into") WHERE "authors"."merged_first_into" is not null;--> statement-breakpoint
CREATE INDEX "paper_authors_named" ON "paper_authors" USING btree ("named_author_id") WHERE "paper_authors"."named_author_id" is not null;--> statement-breakpoint
CREATE INDEX "paper_topics_named" ON "paper_topics" USING btree ("named_topic_id") WHERE "paper_topics"."named_topic_id" is not null;--> statement-breakpoint
CREATE INDEX "topics_merged" ON "topics" USING btree ("merged_first_into") WHERE "topics"."merged_first_into" is not null;--> statement-breakpoint
ALTER TABLE "authors" ADD CONSTRAINT "authors_merged_into_another" CHECK ("authors"."merged_into" <> "authors"."id");--> statement-breakpoint
ALTER TABLE "authors" ADD CONSTRAINT "authors_merged_twice_or_not" CHECK (("authors"."merged_into" is null) = ("authors"."merged_first_into" is null));--> statement-breakpoint
ALTER TABLE "topics" ADD CONSTRAINT "topics_merged_into_another" CHECK ("topics"."merged_into" <> "topics"."id");--> statement-breakpoint
ALTER TABLE "topics" ADD CONSTRAINT "topics_merged_twice_or_not" CHECK (("topics"."merged_into" is null) = ("topics"."merged_first_into" is null));--> statement-breakpoint
-- What drizzle-kit does not know of, written by hand: the triggers of 0013 also check the new references, which may be null.
CREATE OR REPLACE FUNCTION "check_references"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  missing bigint;
BEGIN
  FOR n IN 0 .. TG_NARGS - 1 BY 2 LOOP
    EXECUTE format(
      'SELECT %1$I FROM added WHERE %1$I IS NOT NULL AND NOT EXISTS (SELECT FROM %2$I.%3$I AS target WHERE target.id = added.%1$I) LIMIT 1',
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
DROP TRIGGER "paper_authors_inserted" ON "paper_authors";--> statement-breakpoint
DROP TRIGGER "paper_authors_updated" ON "paper_authors";--> statement-breakpoint
DROP TRIGGER "paper_topics_inserted" ON "paper_topics";--> statement-breakpoint
DROP TRIGGER "paper_topics_updated" ON "paper_topics";--> statement-breakpoint
CREATE TRIGGER "paper_authors_inserted" AFTER INSERT ON "paper_authors" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers', 'author_id', 'authors', 'named_author_id', 'authors');--> statement-breakpoint
CREATE TRIGGER "paper_authors_updated" AFTER UPDATE ON "paper_authors" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers', 'author_id', 'authors', 'named_author_id', 'authors');--> statement-breakpoint
CREATE TRIGGER "paper_topics_inserted" AFTER INSERT ON "paper_topics" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers', 'topic_id', 'topics', 'named_topic_id', 'topics');--> statement-breakpoint
CREATE TRIGGER "paper_topics_updated" AFTER UPDATE ON "paper_topics" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "check_references"('paper_id', 'papers', 'topic_id', 'topics', 'named_topic_id', 'topics');--> statement-breakpoint
CREATE TRIGGER "authors_named_deleted" AFTER DELETE ON "authors" REFERENCING OLD TABLE AS "deleted"
FOR EACH STATEMENT EXECUTE FUNCTION "keep_referenced"('paper_authors', 'named_author_id');--> statement-breakpoint
CREATE TRIGGER "topics_named_deleted" AFTER DELETE ON "topics" REFERENCING OLD TABLE AS "deleted"
FOR EACH STATEMENT EXECUTE FUNCTION "keep_referenced"('paper_topics', 'named_topic_id');
