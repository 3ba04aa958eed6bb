CREATE TABLE "websub_feeds" (
	"path" text PRIMARY KEY NOT NULL,
	"fingerprint" text NOT NULL,
	"served_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"checked_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp(3) with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "websub_feeds_path_short" CHECK (octet_length("websub_feeds"."path") <= 2000)
);
--> statement-breakpoint
CREATE INDEX "websub_feeds_served" ON "websub_feeds" USING btree ("served_at");