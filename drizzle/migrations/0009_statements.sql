CREATE TYPE "public"."authority" AS ENUM('ARXIV', 'LIST', 'OPERATOR', 'SUBMISSION', 'FEED');--> statement-breakpoint
ALTER TABLE "papers" ADD COLUMN "facts_by" "authority" DEFAULT 'OPERATOR' NOT NULL;--> statement-breakpoint
ALTER TABLE "papers" ADD COLUMN "other_statements" text;