ALTER TABLE "search_papers" DROP CONSTRAINT "search_papers_generation_search_generations_generation_fk";
--> statement-breakpoint
ALTER TABLE "search_terms" DROP CONSTRAINT "search_terms_generation_search_generations_generation_fk";
