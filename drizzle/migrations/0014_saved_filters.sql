CREATE TABLE "saved_filters" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "saved_filters_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" bigint NOT NULL,
	"name" text NOT NULL,
	"query" text NOT NULL,
	"topic_id" bigint,
	"author_id" bigint,
	"organization_id" bigint,
	"submitter_id" bigint,
	"feed_token" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "saved_filters_feed_token_unique" UNIQUE("feed_token"),
	CONSTRAINT "saved_filters_one_subject" CHECK (num_nonnulls("saved_filters"."topic_id", "saved_filters"."author_id", "saved_filters"."organization_id", "saved_filters"."submitter_id") <= 1)
);
--> statement-breakpoint
ALTER TABLE "saved_filters" ADD CONSTRAINT "saved_filters_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_filters" ADD CONSTRAINT "saved_filters_topic_id_topics_id_fk" FOREIGN KEY ("topic_id") REFERENCES "public"."topics"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_filters" ADD CONSTRAINT "saved_filters_author_id_authors_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."authors"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_filters" ADD CONSTRAINT "saved_filters_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_filters" ADD CONSTRAINT "saved_filters_submitter_id_users_id_fk" FOREIGN KEY ("submitter_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "saved_filters_of_user" ON "saved_filters" USING btree ("user_id","query");--> statement-breakpoint
CREATE INDEX "saved_filters_by_topic" ON "saved_filters" USING btree ("topic_id") WHERE "saved_filters"."topic_id" is not null;--> statement-breakpoint
CREATE INDEX "saved_filters_by_author" ON "saved_filters" USING btree ("author_id") WHERE "saved_filters"."author_id" is not null;--> statement-breakpoint
CREATE INDEX "saved_filters_by_organization" ON "saved_filters" USING btree ("organization_id") WHERE "saved_filters"."organization_id" is not null;--> statement-breakpoint
CREATE INDEX "saved_filters_by_submitter" ON "saved_filters" USING btree ("submitter_id") WHERE "saved_filters"."submitter_id" is not null;