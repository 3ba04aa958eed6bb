CREATE TABLE "paper_cards" (
	"paper_id" bigint PRIMARY KEY NOT NULL,
	"authors" text NOT NULL,
	"topics" text NOT NULL
);
--> statement-breakpoint
-- Of every paper that there is. As `src/queries/paper-cards.ts` wrote them when this was made.
INSERT INTO "paper_cards"
SELECT papers.id,
	array_to_string(array(
		SELECT authors.id::text || E'\x1f' || authors.slug || E'\x1f' || authors.name
		FROM paper_authors JOIN authors ON authors.id = paper_authors.author_id
		WHERE paper_authors.paper_id = papers.id AND paper_authors.position <= 20 ORDER BY paper_authors.position
	), E'\x1f'),
	array_to_string(array(
		SELECT topics.id::text || E'\x1f' || topics.kind::text || E'\x1f' || topics.slug || E'\x1f' || topics.name
		FROM paper_topics JOIN topics ON topics.id = paper_topics.topic_id
		WHERE paper_topics.paper_id = papers.id ORDER BY topics.kind, paper_topics.position
	), E'\x1f')
FROM papers;
--> statement-breakpoint
ALTER TABLE "paper_cards" ADD CONSTRAINT "paper_cards_paper_id_papers_id_fk" FOREIGN KEY ("paper_id") REFERENCES "public"."papers"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ANALYZE "paper_cards";
