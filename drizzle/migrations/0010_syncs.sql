CREATE TABLE "request_paces" (
	"name" text PRIMARY KEY NOT NULL,
	"last_request_at" timestamp(3) with time zone NOT NULL,
	"pause" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync_sources" (
	"name" text PRIMARY KEY NOT NULL,
	"cursor" jsonb,
	"last_run_at" timestamp(3) with time zone,
	"last_success_at" timestamp(3) with time zone,
	"last_news_at" timestamp(3) with time zone,
	"newest_on" date,
	"newest_id" text,
	"errors" integer DEFAULT 0 NOT NULL,
	"last_error_at" timestamp(3) with time zone,
	"last_error" text,
	"notice" text,
	"is_suspect" boolean DEFAULT false NOT NULL,
	"next_run_at" timestamp(3) with time zone
);
--> statement-breakpoint
ALTER TABLE "access_tokens" DROP CONSTRAINT "access_tokens_scopes_known";--> statement-breakpoint
ALTER TABLE "access_tokens" ADD CONSTRAINT "access_tokens_scopes_known" CHECK ("access_tokens"."scopes" <@ array['read', 'vote', 'submit', 'curate', 'operate']);