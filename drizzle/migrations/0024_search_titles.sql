-- An empty index needs no rebuild. Any other one is rebuilt by the next start: its impacts do not say what is in a title.
UPDATE "search_generations" SET "analyzer_version" = 5 WHERE NOT EXISTS (SELECT FROM "search_papers");
