CREATE TABLE "change_clock" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"epoch" uuid DEFAULT gen_random_uuid() NOT NULL,
	"changed_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "change_clock_one_row" CHECK ("change_clock"."only")
);
--> statement-breakpoint
CREATE TABLE "paper_changes" (
	"paper_id" bigint PRIMARY KEY NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL,
	"is_shown" boolean NOT NULL
);
--> statement-breakpoint
CREATE UNLOGGED TABLE "touched_papers" (
	"paper_ids" bigint[] NOT NULL,
	"ends_statement" boolean NOT NULL
);
--> statement-breakpoint
CREATE INDEX "paper_changes_in_order" ON "paper_changes" USING btree ("changed_at","paper_id");--> statement-breakpoint
-- What drizzle-kit does not know of, written by hand, and why the last table is unlogged. Of papers from before, nobody knows when
-- they changed.
INSERT INTO "change_clock" DEFAULT VALUES;--> statement-breakpoint
INSERT INTO "paper_changes" ("paper_id", "changed_at", "is_shown")
SELECT id, changed_at, true FROM papers CROSS JOIN change_clock WHERE hidden_at IS NULL ORDER BY id;--> statement-breakpoint
-- Triggers collect the papers that a transaction changes. Those of papers name the columns that clients see, so a vote calls none.
CREATE FUNCTION "touch_papers"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched_papers SELECT array_agg(id), true FROM touched HAVING count(*) > 0;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "touch_paper"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched_papers VALUES (ARRAY[NEW.id], false);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "end_touches"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched_papers VALUES ('{}', true);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "papers_inserted_for_changes" AFTER INSERT ON "papers" REFERENCING NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers"();--> statement-breakpoint
CREATE TRIGGER "papers_deleted_for_changes" AFTER DELETE ON "papers" REFERENCING OLD TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers"();--> statement-breakpoint
CREATE TRIGGER "papers_updated_for_changes" AFTER UPDATE OF "arxiv_id", "doi", "title", "abstract", "summary", "published_at",
  "updated_at", "withdrawn_at", "listed_at", "listed_on", "submitter_id", "organization_id", "thumbnail_url", "github_stars",
  "hidden_at" ON "papers"
FOR EACH ROW WHEN (
  (NEW.hidden_at IS NULL OR OLD.hidden_at IS NULL) AND (
    NEW.arxiv_id, NEW.doi, NEW.title, NEW.abstract, NEW.summary, NEW.published_at, NEW.updated_at, NEW.withdrawn_at,
    NEW.listed_at, NEW.listed_on, NEW.submitter_id, NEW.organization_id, NEW.thumbnail_url, NEW.github_stars, NEW.hidden_at
  ) IS DISTINCT FROM (
    OLD.arxiv_id, OLD.doi, OLD.title, OLD.abstract, OLD.summary, OLD.published_at, OLD.updated_at, OLD.withdrawn_at,
    OLD.listed_at, OLD.listed_on, OLD.submitter_id, OLD.organization_id, OLD.thumbnail_url, OLD.github_stars, OLD.hidden_at
  )
) EXECUTE FUNCTION "touch_paper"();--> statement-breakpoint
CREATE TRIGGER "papers_updates_end_for_changes" AFTER UPDATE OF "arxiv_id", "doi", "title", "abstract", "summary", "published_at",
  "updated_at", "withdrawn_at", "listed_at", "listed_on", "submitter_id", "organization_id", "thumbnail_url", "github_stars",
  "hidden_at" ON "papers"
FOR EACH STATEMENT EXECUTE FUNCTION "end_touches"();--> statement-breakpoint
-- The rows that belong to a paper. Of an update, only what clients see counts: to hide a paper updates all of its rows.
CREATE FUNCTION "touch_papers_of_rows"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched_papers
  SELECT array_agg(paper_id), true FROM (SELECT DISTINCT paper_id FROM touched) AS of_rows HAVING count(*) > 0;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "touch_papers_of_updated_rows"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  CASE TG_TABLE_NAME
  WHEN 'paper_authors' THEN
    INSERT INTO touched_papers SELECT array_agg(paper_id), true FROM (
      SELECT paper_id, position, author_id FROM touched EXCEPT SELECT paper_id, position, author_id FROM before
    ) AS of_rows HAVING count(*) > 0;
  WHEN 'paper_topics' THEN
    INSERT INTO touched_papers SELECT array_agg(paper_id), true FROM (
      SELECT paper_id, position, topic_id FROM touched EXCEPT SELECT paper_id, position, topic_id FROM before
    ) AS of_rows HAVING count(*) > 0;
  ELSE
    INSERT INTO touched_papers SELECT array_agg(paper_id), true FROM (
      SELECT paper_id FROM touched UNION SELECT paper_id FROM before
    ) AS of_rows HAVING count(*) > 0;
  END CASE;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "paper_authors_inserted_for_changes" AFTER INSERT ON "paper_authors" REFERENCING NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_authors_deleted_for_changes" AFTER DELETE ON "paper_authors" REFERENCING OLD TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_authors_updated_for_changes" AFTER UPDATE ON "paper_authors" REFERENCING OLD TABLE AS "before" NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_updated_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_topics_inserted_for_changes" AFTER INSERT ON "paper_topics" REFERENCING NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_topics_deleted_for_changes" AFTER DELETE ON "paper_topics" REFERENCING OLD TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_topics_updated_for_changes" AFTER UPDATE ON "paper_topics" REFERENCING OLD TABLE AS "before" NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_updated_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_links_inserted_for_changes" AFTER INSERT ON "paper_links" REFERENCING NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_links_deleted_for_changes" AFTER DELETE ON "paper_links" REFERENCING OLD TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_links_updated_for_changes" AFTER UPDATE ON "paper_links" REFERENCING OLD TABLE AS "before" NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_updated_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_identifiers_inserted_for_changes" AFTER INSERT ON "paper_identifiers" REFERENCING NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_identifiers_deleted_for_changes" AFTER DELETE ON "paper_identifiers" REFERENCING OLD TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_rows"();--> statement-breakpoint
CREATE TRIGGER "paper_identifiers_updated_for_changes" AFTER UPDATE ON "paper_identifiers" REFERENCING OLD TABLE AS "before" NEW TABLE AS "touched"
FOR EACH STATEMENT EXECUTE FUNCTION "touch_papers_of_updated_rows"();--> statement-breakpoint
-- Names that are shown on papers.
CREATE FUNCTION "touch_papers_with_name"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO touched_papers SELECT array_agg(id), true FROM (
    SELECT paper_id AS id FROM paper_topics WHERE TG_TABLE_NAME = 'topics' AND topic_id = NEW.id AND NOT hidden
    UNION ALL
    SELECT paper_id FROM paper_authors WHERE TG_TABLE_NAME = 'authors' AND author_id = NEW.id AND NOT repeated AND NOT hidden
    UNION ALL
    SELECT id FROM papers WHERE TG_TABLE_NAME = 'organizations' AND organization_id = NEW.id AND hidden_at IS NULL
    UNION ALL
    SELECT id FROM papers WHERE TG_TABLE_NAME = 'users' AND submitter_id = NEW.id AND hidden_at IS NULL
  ) AS named HAVING count(*) > 0;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "topics_renamed_for_changes" AFTER UPDATE OF "kind", "slug", "name" ON "topics"
FOR EACH ROW WHEN ((NEW.kind, NEW.slug, NEW.name) IS DISTINCT FROM (OLD.kind, OLD.slug, OLD.name))
EXECUTE FUNCTION "touch_papers_with_name"();--> statement-breakpoint
CREATE TRIGGER "authors_renamed_for_changes" AFTER UPDATE OF "slug", "name" ON "authors"
FOR EACH ROW WHEN ((NEW.slug, NEW.name) IS DISTINCT FROM (OLD.slug, OLD.name))
EXECUTE FUNCTION "touch_papers_with_name"();--> statement-breakpoint
CREATE TRIGGER "organizations_renamed_for_changes" AFTER UPDATE OF "slug", "name", "avatar_url" ON "organizations"
FOR EACH ROW WHEN ((NEW.slug, NEW.name, NEW.avatar_url) IS DISTINCT FROM (OLD.slug, OLD.name, OLD.avatar_url))
EXECUTE FUNCTION "touch_papers_with_name"();--> statement-breakpoint
CREATE TRIGGER "users_renamed_for_changes" AFTER UPDATE OF "handle", "name", "avatar_url" ON "users"
FOR EACH ROW WHEN ((NEW.handle, NEW.name, NEW.avatar_url) IS DISTINCT FROM (OLD.handle, OLD.name, OLD.avatar_url))
EXECUTE FUNCTION "touch_papers_with_name"();--> statement-breakpoint
-- Runs once for each statement that touched papers, when the transaction commits; the first time finds all of them. The clock is
-- locked until the transaction has committed, so moments are in the order of the commits, and none that comes late is passed over.
-- It is the last lock of a transaction, and protects the rows of paper_changes, too: so there are no deadlocks.
CREATE FUNCTION "record_touched_papers"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched bigint[];
  moment timestamptz;
BEGIN
  WITH taken AS (DELETE FROM touched_papers RETURNING paper_ids)
  SELECT array_agg(id) INTO touched FROM (SELECT DISTINCT unnest(paper_ids) AS id FROM taken) AS distinct_ids;
  IF touched IS NULL THEN
    RETURN NULL;
  END IF;
  -- A follower must never see what a crash of the database can take back.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'local', true);
  END IF;
  UPDATE change_clock
  SET changed_at = greatest(date_trunc('milliseconds', clock_timestamp()), changed_at + interval '1 millisecond')
  RETURNING changed_at INTO STRICT moment;
  INSERT INTO paper_changes (paper_id, changed_at, is_shown)
  SELECT id, moment, true FROM papers WHERE id = ANY (touched) AND hidden_at IS NULL ORDER BY id
  ON CONFLICT (paper_id) DO UPDATE SET changed_at = excluded.changed_at, is_shown = true;
  UPDATE paper_changes SET changed_at = moment, is_shown = false
  WHERE paper_id = ANY (touched) AND is_shown
    AND NOT EXISTS (SELECT FROM papers WHERE id = paper_id AND hidden_at IS NULL);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "touched_papers_recorded" AFTER INSERT ON "touched_papers" DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.ends_statement) EXECUTE FUNCTION "record_touched_papers"();
