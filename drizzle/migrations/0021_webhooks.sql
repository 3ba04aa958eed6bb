CREATE TABLE "webhook_changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"paper_id" bigint,
	"votes_before" integer,
	"votes_after" integer,
	"period" text,
	"starts_on" date,
	"noted_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_changes_kind" CHECK ("webhook_changes"."kind" in ('MATCHES', 'CHANGED', 'COUNTS', 'EDITION')),
	CONSTRAINT "webhook_changes_whole" CHECK (case "webhook_changes"."kind" when 'EDITION' then "webhook_changes"."period" is not null and "webhook_changes"."starts_on" is not null
        when 'COUNTS' then num_nulls("webhook_changes"."paper_id", "webhook_changes"."votes_before", "webhook_changes"."votes_after") = 0 else "webhook_changes"."paper_id" is not null end)
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"webhook_id" bigint NOT NULL,
	"event_id" bigint NOT NULL,
	"state" text DEFAULT 'PENDING' NOT NULL,
	"is_out_of_turn" boolean DEFAULT false NOT NULL,
	"status" integer,
	"reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp(3) with time zone,
	CONSTRAINT "webhook_deliveries_state" CHECK ("webhook_deliveries"."state" in ('PENDING', 'SENDING', 'SENT', 'EMPTY', 'FAILED'))
);
--> statement-breakpoint
CREATE TABLE "webhook_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event" text NOT NULL,
	"query" text NOT NULL,
	"paper_ids" bigint[] NOT NULL,
	"period" text,
	"starts_on" date,
	"paper_count" integer,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_events_event" CHECK ("webhook_events"."event" in ('PAPER_LISTED', 'PAPER_CHANGED', 'VOTES_REACHED', 'EDITION_FINAL', 'PING')),
	CONSTRAINT "webhook_events_edition" CHECK (num_nulls("webhook_events"."period", "webhook_events"."starts_on", "webhook_events"."paper_count") = case "webhook_events"."event" when 'EDITION_FINAL' then 0 else 3 end)
);
--> statement-breakpoint
CREATE TABLE "webhook_papers" (
	"webhook_id" bigint NOT NULL,
	"event" text NOT NULL,
	"paper_id" bigint NOT NULL,
	"told_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_papers_webhook_id_event_paper_id_pk" PRIMARY KEY("webhook_id","event","paper_id"),
	CONSTRAINT "webhook_papers_event" CHECK ("webhook_papers"."event" in ('PAPER_LISTED', 'VOTES_REACHED'))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhooks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"saved_filter_id" bigint NOT NULL,
	"url" text NOT NULL,
	"form" text NOT NULL,
	"events" text[] NOT NULL,
	"votes" integer,
	"editions" text DEFAULT 'DAY' NOT NULL,
	"document" text,
	"secret" text NOT NULL,
	"previous_secret" text,
	"previous_secret_until" timestamp(3) with time zone,
	"state" text DEFAULT 'ACTIVE' NOT NULL,
	"state_reason" text,
	"failing_since" timestamp(3) with time zone,
	"is_primed" boolean DEFAULT false NOT NULL,
	"watches_counts" boolean DEFAULT true NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhooks_form" CHECK ("webhooks"."form" in ('STANDARD', 'SLACK', 'DISCORD', 'FEISHU')),
	CONSTRAINT "webhooks_events" CHECK (cardinality("webhooks"."events") > 0 and "webhooks"."events" <@ array['PAPER_LISTED', 'PAPER_CHANGED', 'VOTES_REACHED', 'EDITION_FINAL']),
	CONSTRAINT "webhooks_votes" CHECK (('VOTES_REACHED' = any("webhooks"."events")) = ("webhooks"."votes" is not null) and "webhooks"."votes" > 0),
	CONSTRAINT "webhooks_editions" CHECK ("webhooks"."editions" in ('DAY', 'WEEK', 'MONTH')),
	CONSTRAINT "webhooks_state" CHECK ("webhooks"."state" in ('ACTIVE', 'PAUSED', 'DISABLED'))
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_event_id_webhook_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."webhook_events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_papers" ADD CONSTRAINT "webhook_papers_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_saved_filter_id_saved_filters_id_fk" FOREIGN KEY ("saved_filter_id") REFERENCES "public"."saved_filters"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_of_webhook" ON "webhook_deliveries" USING btree ("webhook_id","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_of_event" ON "webhook_deliveries" USING btree ("event_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_unfinished" ON "webhook_deliveries" USING btree ("webhook_id","id") WHERE "webhook_deliveries"."state" in ('PENDING', 'SENDING');--> statement-breakpoint
CREATE INDEX "webhook_deliveries_created" ON "webhook_deliveries" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "webhook_events_created" ON "webhook_events" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "webhooks_of_saved_filter" ON "webhooks" USING btree ("saved_filter_id");--> statement-breakpoint
CREATE INDEX "webhooks_active" ON "webhooks" USING btree ("id") WHERE "webhooks"."state" = 'ACTIVE';--> statement-breakpoint
CREATE INDEX "webhooks_watching_counts" ON "webhooks" USING btree ("id") WHERE "webhooks"."state" = 'ACTIVE' and "webhooks"."watches_counts";--> statement-breakpoint
-- What drizzle-kit does not know of, written by hand. These note what changed, in the transaction of the change, if a webhook is
-- active. A vote is no statement more by this, and for rows that gained nothing, nothing is called.
CREATE FUNCTION "note_paper_facts"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  noted text;
BEGIN
  IF NEW.hidden_at IS NOT NULL OR NOT EXISTS (SELECT FROM webhooks WHERE state = 'ACTIVE') THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND (
    NEW.updated_at > OLD.updated_at OR NEW.reworded_at IS DISTINCT FROM OLD.reworded_at
    OR NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at
  ) THEN
    noted := 'CHANGED';
  ELSIF NEW.listed_at > now() - interval '7 days' AND (TG_OP = 'INSERT' OR (
    NEW.listed_at, NEW.hidden_at, NEW.organization_id, NEW.submitter_id, NEW.published_at, NEW.arxiv_id, NEW.doi
  ) IS DISTINCT FROM (
    OLD.listed_at, OLD.hidden_at, OLD.organization_id, OLD.submitter_id, OLD.published_at, OLD.arxiv_id, OLD.doi
  )) THEN
    noted := 'MATCHES';
  ELSE
    RETURN NULL;
  END IF;
  INSERT INTO webhook_changes (kind, paper_id) VALUES (noted, NEW.id);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "papers_inserted_for_webhooks" AFTER INSERT ON "papers"
FOR EACH ROW WHEN (NEW.listed_at IS NOT NULL) EXECUTE FUNCTION "note_paper_facts"();--> statement-breakpoint
CREATE TRIGGER "papers_updated_for_webhooks" AFTER UPDATE OF "listed_at", "hidden_at", "organization_id", "submitter_id",
  "published_at", "arxiv_id", "doi", "updated_at", "reworded_at", "withdrawn_at" ON "papers"
FOR EACH ROW EXECUTE FUNCTION "note_paper_facts"();--> statement-breakpoint
-- A paper of old lists that comes with its votes has not gained them here.
CREATE FUNCTION "note_paper_counts"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.vote_count > 0 OR NEW.vote_count <= 1 OR NEW.listed_at > now() - interval '7 days')
    AND EXISTS (SELECT FROM webhooks WHERE state = 'ACTIVE' AND watches_counts) THEN
    INSERT INTO webhook_changes (kind, paper_id, votes_before, votes_after)
    VALUES ('COUNTS', NEW.id, OLD.vote_count, NEW.vote_count);
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "papers_counted_for_webhooks" AFTER UPDATE OF "vote_count", "comment_count" ON "papers"
FOR EACH ROW WHEN (
  NEW.hidden_at IS NULL AND (NEW.vote_count > OLD.vote_count OR NEW.comment_count > OLD.comment_count)
) EXECUTE FUNCTION "note_paper_counts"();--> statement-breakpoint
CREATE FUNCTION "note_paper_relations"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM webhooks WHERE state = 'ACTIVE') THEN
    INSERT INTO webhook_changes (kind, paper_id)
    SELECT 'MATCHES', id FROM papers
    WHERE id IN (SELECT paper_id FROM added) AND listed_at > now() - interval '7 days' AND hidden_at IS NULL;
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "paper_authors_for_webhooks" AFTER INSERT ON "paper_authors" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "note_paper_relations"();--> statement-breakpoint
CREATE TRIGGER "paper_topics_for_webhooks" AFTER INSERT ON "paper_topics" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "note_paper_relations"();--> statement-breakpoint
CREATE TRIGGER "paper_links_for_webhooks" AFTER INSERT ON "paper_links" REFERENCING NEW TABLE AS "added"
FOR EACH STATEMENT EXECUTE FUNCTION "note_paper_relations"();--> statement-breakpoint
CREATE FUNCTION "note_final_edition"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM webhooks WHERE state = 'ACTIVE' AND 'EDITION_FINAL' = ANY (events) AND editions = NEW.period) THEN
    INSERT INTO webhook_changes (kind, period, starts_on) VALUES ('EDITION', NEW.period, NEW.starts_on);
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "final_editions_for_webhooks" AFTER INSERT ON "final_editions"
FOR EACH ROW EXECUTE FUNCTION "note_final_edition"();
