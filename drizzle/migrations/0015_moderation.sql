CREATE TABLE "paper_reports" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "paper_reports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"paper_id" bigint NOT NULL,
	"user_id" bigint,
	"reason" text NOT NULL,
	"comment" text,
	"reported_at" timestamp(3) with time zone NOT NULL,
	"resolved_at" timestamp(3) with time zone,
	"resolved_by" bigint,
	"resolution" text,
	CONSTRAINT "paper_reports_resolved_whole" CHECK ("paper_reports"."resolved_at" is not null or ("paper_reports"."resolved_by" is null and "paper_reports"."resolution" is null))
);
--> statement-breakpoint
CREATE TABLE "suspended_votes" (
	"user_id" bigint NOT NULL,
	"paper_id" bigint NOT NULL,
	"voted_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "suspended_votes_user_id_paper_id_pk" PRIMARY KEY("user_id","paper_id")
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "suspended_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "paper_reports" ADD CONSTRAINT "paper_reports_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_reports" ADD CONSTRAINT "paper_reports_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_reports" ADD CONSTRAINT "paper_reports_resolved_by_users_id_fk" FOREIGN KEY ("resolved_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suspended_votes" ADD CONSTRAINT "suspended_votes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suspended_votes" ADD CONSTRAINT "suspended_votes_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "paper_reports_newest" ON "paper_reports" USING btree ("reported_at","id");--> statement-breakpoint
CREATE INDEX "paper_reports_open" ON "paper_reports" USING btree ("reported_at","id") WHERE "paper_reports"."resolved_at" is null;--> statement-breakpoint
CREATE INDEX "paper_reports_of_paper" ON "paper_reports" USING btree ("paper_id","reported_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "paper_reports_one_open" ON "paper_reports" USING btree ("user_id","paper_id") WHERE "paper_reports"."resolved_at" is null;--> statement-breakpoint
CREATE INDEX "paper_reports_of_resolver" ON "paper_reports" USING btree ("resolved_by");--> statement-breakpoint
CREATE INDEX "suspended_votes_of_paper" ON "suspended_votes" USING btree ("paper_id");--> statement-breakpoint
CREATE INDEX "papers_hidden" ON "papers" USING btree ("hidden_at","id") WHERE "papers"."hidden_at" is not null;