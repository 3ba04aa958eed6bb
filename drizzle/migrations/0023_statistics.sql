-- No condition reads these columns, and their statistics took most of the time of an analyze.
ALTER TABLE "search_papers" ALTER COLUMN "term_ids" SET STATISTICS 0, ALTER COLUMN "impacts" SET STATISTICS 0, ALTER COLUMN "title" SET STATISTICS 0, ALTER COLUMN "abstract" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "search_lists" ALTER COLUMN "postings" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "search_blocks" ALTER COLUMN "postings" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "paper_cards" ALTER COLUMN "authors" SET STATISTICS 0, ALTER COLUMN "topics" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "papers" ALTER COLUMN "abstract" SET STATISTICS 0, ALTER COLUMN "summary" SET STATISTICS 0;--> statement-breakpoint
-- Most rows are a little longer than 2 kB. To compress them took as long as all else, and saved nothing.
ALTER TABLE "search_papers" SET (toast_tuple_target = 4080);
