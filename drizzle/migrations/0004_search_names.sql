DROP INDEX "search_terms_trigrams";--> statement-breakpoint
CREATE INDEX "search_terms_trigrams" ON "search_terms" USING gin ("term" gin_trgm_ops) WHERE strpos("search_terms"."term", ' ') = 0;--> statement-breakpoint
-- Terms have changed since the second version. An index without papers is one of any version.
UPDATE "search_generations" SET "analyzer_version" = 3 WHERE NOT EXISTS (SELECT FROM "search_papers");
