CREATE TYPE "public"."paper_link_kind" AS ENUM('ABSTRACT', 'PDF', 'CODE', 'PROJECT', 'DISCUSSION', 'MEDIA', 'MODEL', 'DATASET', 'DEMO');--> statement-breakpoint
CREATE TYPE "public"."topic_kind" AS ENUM('CATEGORY', 'KEYWORD');--> statement-breakpoint
CREATE TABLE "access_tokens" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "access_tokens_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" bigint NOT NULL,
	"hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	CONSTRAINT "access_tokens_hash_unique" UNIQUE("hash"),
	CONSTRAINT "access_tokens_scopes_known" CHECK ("access_tokens"."scopes" <@ array['read', 'vote', 'submit', 'curate'])
);
--> statement-breakpoint
CREATE TABLE "authors" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "authors_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"user_id" bigint,
	"paper_count" integer DEFAULT 0 NOT NULL,
	"vote_count" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "authors_slug_unique" UNIQUE("slug"),
	CONSTRAINT "authors_name_unique" UNIQUE("name"),
	CONSTRAINT "authors_slug_not_blank" CHECK ("authors"."slug" ~ '\S'),
	CONSTRAINT "authors_name_not_blank" CHECK ("authors"."name" ~ '\S')
);
--> statement-breakpoint
CREATE TABLE "import_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "import_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"source" text NOT NULL,
	"inputs" jsonb NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"finished_at" timestamp(3) with time zone,
	"records" integer DEFAULT 0 NOT NULL,
	"created" integer DEFAULT 0 NOT NULL,
	"updated" integer DEFAULT 0 NOT NULL,
	"unchanged" integer DEFAULT 0 NOT NULL,
	"problems" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "organizations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"avatar_url" text,
	"source_key" text,
	"named_as_of" timestamp(3) with time zone,
	"paper_count" integer DEFAULT 0 NOT NULL,
	"vote_count" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "organizations_source_key_unique" UNIQUE("source_key"),
	CONSTRAINT "organizations_slug_not_blank" CHECK ("organizations"."slug" ~ '\S'),
	CONSTRAINT "organizations_name_not_blank" CHECK ("organizations"."name" ~ '\S')
);
--> statement-breakpoint
CREATE TABLE "outside_counts" (
	"paper_id" bigint NOT NULL,
	"source" text NOT NULL,
	"counted_at" timestamp(3) with time zone NOT NULL,
	"votes" integer NOT NULL,
	"increment" integer NOT NULL,
	CONSTRAINT "outside_counts_paper_id_source_counted_at_pk" PRIMARY KEY("paper_id","source","counted_at"),
	CONSTRAINT "outside_counts_not_negative" CHECK ("outside_counts"."votes" >= 0)
);
--> statement-breakpoint
CREATE TABLE "paper_authors" (
	"paper_id" bigint NOT NULL,
	"position" integer NOT NULL,
	"author_id" bigint NOT NULL,
	"repeated" boolean DEFAULT false NOT NULL,
	"published_at" timestamp(3) with time zone NOT NULL,
	"hidden" boolean DEFAULT false NOT NULL,
	CONSTRAINT "paper_authors_paper_id_position_pk" PRIMARY KEY("paper_id","position"),
	CONSTRAINT "paper_authors_position_from_one" CHECK ("paper_authors"."position" >= 1)
);
--> statement-breakpoint
CREATE TABLE "paper_identifiers" (
	"scheme" text NOT NULL,
	"value" text NOT NULL,
	"paper_id" bigint NOT NULL,
	CONSTRAINT "paper_identifiers_scheme_value_pk" PRIMARY KEY("scheme","value"),
	CONSTRAINT "paper_identifiers_scheme_form" CHECK ("paper_identifiers"."scheme" ~ '^[a-z][a-z0-9-]*$' and "paper_identifiers"."scheme" not in ('arxiv', 'doi'))
);
--> statement-breakpoint
CREATE TABLE "paper_links" (
	"paper_id" bigint NOT NULL,
	"kind" "paper_link_kind" NOT NULL,
	"url" text NOT NULL,
	"title" text,
	"position" integer NOT NULL,
	CONSTRAINT "paper_links_paper_id_kind_url_pk" PRIMARY KEY("paper_id","kind","url"),
	CONSTRAINT "paper_links_url_form" CHECK ("paper_links"."url" ~ '^https?://')
);
--> statement-breakpoint
CREATE TABLE "paper_topics" (
	"paper_id" bigint NOT NULL,
	"topic_id" bigint NOT NULL,
	"position" integer NOT NULL,
	"published_at" timestamp(3) with time zone NOT NULL,
	"hidden" boolean DEFAULT false NOT NULL,
	CONSTRAINT "paper_topics_paper_id_topic_id_pk" PRIMARY KEY("paper_id","topic_id")
);
--> statement-breakpoint
CREATE TABLE "papers" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "papers_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"arxiv_id" text,
	"doi" text,
	"title" text NOT NULL,
	"abstract" text,
	"summary" text,
	"published_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone,
	"listed_at" timestamp(3) with time zone,
	"listed_on" date,
	"submitter_id" bigint,
	"organization_id" bigint,
	"thumbnail_url" text,
	"github_stars" integer,
	"author_count" integer DEFAULT 0 NOT NULL,
	"vote_count" integer DEFAULT 0 NOT NULL,
	"comment_count" integer DEFAULT 0 NOT NULL,
	"trending_score" double precision DEFAULT '-Infinity' NOT NULL,
	"hidden_at" timestamp(3) with time zone,
	"facts_as_of" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "papers_arxiv_id_unique" UNIQUE("arxiv_id"),
	CONSTRAINT "papers_doi_unique" UNIQUE("doi"),
	CONSTRAINT "papers_arxiv_id_form" CHECK ("papers"."arxiv_id" ~ '^([0-9]{4}[.][0-9]{4,5}|[a-z][a-z-]*/[0-9]{7})$'),
	CONSTRAINT "papers_doi_form" CHECK ("papers"."doi" ~ '^10[.][0-9]{4,9}/\S+$'),
	CONSTRAINT "papers_title_not_blank" CHECK ("papers"."title" ~ '\S'),
	CONSTRAINT "papers_listed_whole" CHECK (("papers"."listed_at" is null) = ("papers"."listed_on" is null)),
	CONSTRAINT "papers_counts_not_negative" CHECK ("papers"."vote_count" >= 0 and "papers"."comment_count" >= 0 and "papers"."author_count" >= 0),
	CONSTRAINT "papers_github_stars_not_negative" CHECK ("papers"."github_stars" >= 0)
);
--> statement-breakpoint
CREATE TABLE "topics" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "topics_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" "topic_kind" NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"folded_name" text NOT NULL,
	"paper_count" integer DEFAULT 0 NOT NULL,
	"trending_score" double precision DEFAULT '-Infinity' NOT NULL,
	CONSTRAINT "topics_slug_unique" UNIQUE("slug"),
	CONSTRAINT "topics_slug_not_blank" CHECK ("topics"."slug" ~ '\S'),
	CONSTRAINT "topics_name_not_blank" CHECK ("topics"."name" ~ '\S')
);
--> statement-breakpoint
CREATE TABLE "trending_basis" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"half_life_hours" double precision NOT NULL,
	CONSTRAINT "trending_basis_one_row" CHECK ("trending_basis"."only"),
	CONSTRAINT "trending_basis_positive" CHECK ("trending_basis"."half_life_hours" > 0)
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"handle" text NOT NULL,
	"name" text,
	"avatar_url" text,
	"source_key" text,
	"named_as_of" timestamp(3) with time zone,
	CONSTRAINT "users_source_key_unique" UNIQUE("source_key"),
	CONSTRAINT "users_handle_not_blank" CHECK ("users"."handle" ~ '\S')
);
--> statement-breakpoint
CREATE TABLE "votes" (
	"paper_id" bigint NOT NULL,
	"user_id" bigint NOT NULL,
	"voted_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "votes_paper_id_user_id_pk" PRIMARY KEY("paper_id","user_id")
);
--> statement-breakpoint
ALTER TABLE "access_tokens" ADD CONSTRAINT "access_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "authors" ADD CONSTRAINT "authors_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outside_counts" ADD CONSTRAINT "outside_counts_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_authors" ADD CONSTRAINT "paper_authors_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_authors" ADD CONSTRAINT "paper_authors_author_id_authors_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."authors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_identifiers" ADD CONSTRAINT "paper_identifiers_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_links" ADD CONSTRAINT "paper_links_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_topics" ADD CONSTRAINT "paper_topics_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_topics" ADD CONSTRAINT "paper_topics_topic_id_topics_id_fk" FOREIGN KEY ("topic_id") REFERENCES "public"."topics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "papers" ADD CONSTRAINT "papers_submitter_id_users_id_fk" FOREIGN KEY ("submitter_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "papers" ADD CONSTRAINT "papers_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "votes" ADD CONSTRAINT "votes_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "votes" ADD CONSTRAINT "votes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "access_tokens_of_user" ON "access_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "authors_by_papers" ON "authors" USING btree ("paper_count","id");--> statement-breakpoint
CREATE INDEX "authors_by_votes" ON "authors" USING btree ("vote_count","id");--> statement-breakpoint
CREATE INDEX "authors_by_name" ON "authors" USING btree (lower("name") collate "C","id");--> statement-breakpoint
CREATE UNIQUE INDEX "organizations_slug" ON "organizations" USING btree (lower("slug"));--> statement-breakpoint
CREATE INDEX "organizations_by_papers" ON "organizations" USING btree ("paper_count","id");--> statement-breakpoint
CREATE INDEX "organizations_by_votes" ON "organizations" USING btree ("vote_count","id");--> statement-breakpoint
CREATE INDEX "organizations_by_name" ON "organizations" USING btree (lower("name") collate "C","id");--> statement-breakpoint
CREATE INDEX "paper_authors_newest" ON "paper_authors" USING btree ("author_id","published_at","paper_id") WHERE not "paper_authors"."repeated" and not "paper_authors"."hidden";--> statement-breakpoint
CREATE INDEX "paper_identifiers_of_paper" ON "paper_identifiers" USING btree ("paper_id");--> statement-breakpoint
CREATE INDEX "paper_topics_newest" ON "paper_topics" USING btree ("topic_id","published_at","paper_id") WHERE not "paper_topics"."hidden";--> statement-breakpoint
CREATE INDEX "papers_trending" ON "papers" USING btree ("trending_score","id") WHERE "papers"."hidden_at" is null;--> statement-breakpoint
CREATE INDEX "papers_most_voted" ON "papers" USING btree ("vote_count","id") WHERE "papers"."hidden_at" is null;--> statement-breakpoint
CREATE INDEX "papers_most_discussed" ON "papers" USING btree ("comment_count","id") WHERE "papers"."hidden_at" is null;--> statement-breakpoint
CREATE INDEX "papers_published" ON "papers" USING btree ("published_at","id") WHERE "papers"."hidden_at" is null;--> statement-breakpoint
CREATE INDEX "papers_listed" ON "papers" USING btree (coalesce("listed_at", '-infinity'::timestamptz),"id") WHERE "papers"."hidden_at" is null;--> statement-breakpoint
CREATE INDEX "papers_edition" ON "papers" USING btree ("listed_on","vote_count","id") WHERE "papers"."hidden_at" is null;--> statement-breakpoint
CREATE INDEX "papers_of_organization" ON "papers" USING btree ("organization_id","published_at","id") WHERE "papers"."hidden_at" is null;--> statement-breakpoint
CREATE INDEX "papers_of_submitter" ON "papers" USING btree ("submitter_id",coalesce("listed_at", '-infinity'::timestamptz),"id") WHERE "papers"."hidden_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "topics_folded_name" ON "topics" USING btree ("kind","folded_name");--> statement-breakpoint
CREATE INDEX "topics_by_papers" ON "topics" USING btree ("paper_count","id");--> statement-breakpoint
CREATE INDEX "topics_trending" ON "topics" USING btree ("trending_score","id");--> statement-breakpoint
CREATE INDEX "topics_by_name" ON "topics" USING btree (lower("name") collate "C","id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_handle" ON "users" USING btree (lower("handle"));--> statement-breakpoint
CREATE INDEX "votes_of_paper" ON "votes" USING btree ("paper_id","voted_at","user_id");--> statement-breakpoint
CREATE INDEX "votes_of_user" ON "votes" USING btree ("user_id","voted_at","paper_id");