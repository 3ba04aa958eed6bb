-- Written by hand. Names that mean the same are merged, with everything that refers to them; old slugs become aliases.
-- The functions are of this migration only: they do what `nameOf`, `normalizedTopicName` and `topicSlug` in `src/values/` did
-- when it was made.
CREATE FUNCTION pg_temp.plain_characters("given" text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(regexp_replace(given,
		'(?![\u200c\u200d])[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]|(?<![\u0600-\u0dff\u1000-\u109f\u1780-\u18af])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff\u1000-\u109f\u1780-\u18af])', '', 'g'),
		'[\u058a\u1806\u2010-\u2013\u2043\u2212\u2e17\ufe63\uff0d]', '-', 'g')
$$;--> statement-breakpoint
CREATE FUNCTION pg_temp.plain_name("given" text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT normalize(btrim(regexp_replace(pg_temp.plain_characters(given), ' +', ' ', 'g')), NFC)
$$;--> statement-breakpoint
-- Of a name that JavaScript has lowercased before: Postgres may know the capitals of other letters.
CREATE FUNCTION pg_temp.normalized_name("lowercased" text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT btrim(regexp_replace(pg_temp.plain_name(lowercased),
		'[-_\s\u058a\u05be\u1400\u1806\u2010-\u2015\u2053\u207b\u208b\u2212\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\uff3f\U00010ead]+', ' ', 'g'))
$$;--> statement-breakpoint
-- The ranges are marks, and what is neither a letter nor a number: Postgres may not know those of every script.
CREATE FUNCTION pg_temp.topic_slug("kind" text, "normalized" text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	slug text := replace(replace(normalized, '+', '-plus-'), '#', '-sharp-');
BEGIN
	slug := lower(normalize(regexp_replace(normalize(slug, NFKD), '[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u07fd\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b\u0897-\u089f\u08ca-\u08e1\u08e3-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962-\u0963\u0981-\u0983\u09bc\u09be-\u09cd\u09d7\u09e2-\u09e3\u09fe-\u0a03\u0a3c-\u0a51\u0a70-\u0a71\u0a75\u0a81-\u0a83\u0abc\u0abe-\u0acd\u0ae2-\u0ae3\u0afa-\u0b03\u0b3c\u0b3e-\u0b57\u0b62-\u0b63\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3c\u0c3e-\u0c56\u0c62-\u0c63\u0c81-\u0c83\u0cbc\u0cbe-\u0cd6\u0ce2-\u0ce3\u0cf3-\u0d03\u0d3b-\u0d3c\u0d3e-\u0d4d\u0d57\u0d62-\u0d63\u0d81-\u0d83\u0dca-\u0ddf\u0df2-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f18-\u0f19\u0f35\u0f37\u0f39\u0f3e-\u0f3f\u0f71-\u0f84\u0f86-\u0f87\u0f8d-\u0fbc\u0fc6\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d\u135d-\u135f\u1712-\u1715\u1732-\u1734\u1752-\u1753\u1772-\u1773\u17b6-\u17d3\u17dd\u1885-\u1886\u18a9\u1920-\u193b\u1a17-\u1a1b\u1a55-\u1a7f\u1ab0-\u1b04\u1b34-\u1b44\u1b6b-\u1b73\u1b80-\u1b82\u1ba1-\u1bad\u1be6-\u1bf3\u1c24-\u1c37\u1cd0-\u1cd2\u1cd4-\u1ce8\u1ced\u1cf4\u1cf7-\u1cf9\u1dc0-\u1dff\u20d0-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099-\u309a\ua66f-\ua672\ua674-\ua67d\ua69e-\ua69f\ua6f0-\ua6f1\ua802\ua806\ua80b\ua823-\ua827\ua82c\ua880-\ua881\ua8b4-\ua8c5\ua8e0-\ua8f1\ua8ff\ua926-\ua92d\ua947-\ua953\ua980-\ua983\ua9b3-\ua9c0\ua9e5\uaa29-\uaa36\uaa43\uaa4c-\uaa4d\uaa7b-\uaa7d\uaab0\uaab2-\uaab4\uaab7-\uaab8\uaabe-\uaabf\uaac1\uaaeb-\uaaef\uaaf5-\uaaf6\uabe3-\uabea\uabec-\uabed\ufb1e\ufe20-\ufe2f\U000101fd\U000102e0\U00010376-\U0001037a\U00010a01-\U00010a0f\U00010a38-\U00010a3f\U00010ae5-\U00010ae6\U00010d24-\U00010d27\U00010d69-\U00010d6d\U00010eab-\U00010eac\U00010efa-\U00010eff\U00010f46-\U00010f50\U00010f82-\U00010f85\U00011000-\U00011002\U00011038-\U00011046\U00011070\U00011073-\U00011074\U0001107f-\U00011082\U000110b0-\U000110ba\U000110c2\U00011100-\U00011102\U00011127-\U00011134\U00011145-\U00011146\U00011173\U00011180-\U00011182\U000111b3-\U000111c0\U000111c9-\U000111cc\U000111ce-\U000111cf\U0001122c-\U00011237\U0001123e\U00011241\U000112df-\U000112ea\U00011300-\U00011303\U0001133b-\U0001133c\U0001133e-\U0001134d\U00011357\U00011362-\U00011374\U000113b8-\U000113d0\U000113d2\U000113e1-\U000113e2\U00011435-\U00011446\U0001145e\U000114b0-\U000114c3\U000115af-\U000115c0\U000115dc-\U000115dd\U00011630-\U00011640\U000116ab-\U000116b7\U0001171d-\U0001172b\U0001182c-\U0001183a\U00011930-\U0001193e\U00011940\U00011942-\U00011943\U000119d1-\U000119e0\U000119e4\U00011a01-\U00011a0a\U00011a33-\U00011a39\U00011a3b-\U00011a3e\U00011a47\U00011a51-\U00011a5b\U00011a8a-\U00011a99\U00011b60-\U00011b67\U00011c2f-\U00011c3f\U00011c92-\U00011cb6\U00011d31-\U00011d45\U00011d47\U00011d8a-\U00011d97\U00011ef3-\U00011ef6\U00011f00-\U00011f01\U00011f03\U00011f34-\U00011f42\U00011f5a\U00013440\U00013447-\U00013455\U0001611e-\U0001612f\U00016af0-\U00016af4\U00016b30-\U00016b36\U00016f4f\U00016f51-\U00016f92\U00016fe4-\U00016ff1\U0001bc9d-\U0001bc9e\U0001cf00-\U0001cf46\U0001d165-\U0001d169\U0001d16d-\U0001d182\U0001d185-\U0001d18b\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001da00-\U0001da36\U0001da3b-\U0001da6c\U0001da75\U0001da84\U0001da9b-\U0001daaf\U0001e000-\U0001e08f\U0001e130-\U0001e136\U0001e2ae\U0001e2ec-\U0001e2ef\U0001e4ec-\U0001e4ef\U0001e5ee-\U0001e5ef\U0001e6e3\U0001e6e6\U0001e6ee-\U0001e6ef\U0001e6f5\U0001e8d0-\U0001e8d6\U0001e944-\U0001e94a]', '', 'g'), NFC));
	slug := regexp_replace(slug, '[\u0001-\u002d\u002f\u003a-\u0060\u007b-\u007f\u0080-\u00bf\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02eb\u02ed\u02ef-\u02ff\u0375\u03f6\u0482\u055a-\u055f\u0589-\u05c6\u05f3-\u061f\u066a-\u066d\u06d4\u06dd-\u06de\u06e9\u06fd-\u06fe\u0700-\u070f\u07f6-\u07f9\u07fe-\u07ff\u0830-\u083e\u085e\u0888\u0890-\u0891\u08e2\u0964-\u0965\u0970\u09f2-\u09f3\u09fa-\u09fb\u09fd\u0a76\u0af0-\u0af1\u0b70\u0bf3-\u0bfa\u0c77\u0c7f\u0c84\u0d4f\u0d79\u0df4\u0e3f\u0e4f\u0e5a-\u0e5b\u0f01-\u0f1f\u0f34-\u0f3d\u0f85\u0fbe-\u0fda\u104a-\u104f\u109e-\u109f\u10fb\u1360-\u1368\u1390-\u1399\u1400\u166d-\u166e\u1680\u169b-\u169c\u16eb-\u16ed\u1735-\u1736\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u1940-\u1945\u19de-\u19ff\u1a1e-\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b4e-\u1b4f\u1b5a-\u1b7f\u1bfc-\u1bff\u1c3b-\u1c3f\u1c7e-\u1c7f\u1cc0-\u1cd3\u2010-\u212e\u213a-\u214d\u214f\u218a-\u244a\u2500-\u2775\u2794-\u2bff\u2ce5-\u2cea\u2cf9-\u2cfc\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u3004\u3008-\u3020\u3030\u3037\u303d-\u303f\u30a0\u30fb\u3190-\u3191\u31c0-\u31ef\u327f\u4dc0-\u4dff\ua490-\ua4c6\ua4fe-\ua4ff\ua60d-\ua60f\ua673-\ua67e\ua6f2-\ua716\ua720-\ua721\ua789-\ua78a\ua828-\ua82b\ua836-\ua839\ua874-\ua877\ua8ce-\ua8cf\ua8f8-\ua8fa\ua8fc\ua92e-\ua92f\ua95f\ua9c1-\ua9cd\ua9de-\ua9df\uaa5c-\uaa5f\uaa77-\uaa79\uaade-\uaadf\uaaf0-\uaaf1\uab5b\uab6a-\uab6b\uabeb\ufbb2-\ufe46\ufff9-\ufffd\U00010100-\U00010102\U00010137-\U0001013f\U00010179-\U00010189\U0001018c-\U000101fc\U0001039f\U000103d0\U0001056f\U00010857\U00010877-\U00010878\U0001091f\U0001093f\U00010a50-\U00010a58\U00010a7f\U00010ac8\U00010af0-\U00010af6\U00010b39-\U00010b3f\U00010b99-\U00010b9c\U00010d6e\U00010d8e-\U00010d8f\U00010ead\U00010ed0-\U00010ed8\U00010f55-\U00010f59\U00010f86-\U00010f89\U00011047-\U0001104d\U000110bb-\U000110cd\U00011140-\U00011143\U00011174-\U00011175\U000111c5-\U000111cd\U000111db\U000111dd-\U000111df\U00011238-\U0001123d\U000112a9\U000113d4-\U000113d8\U0001144b-\U0001144f\U0001145a-\U0001145d\U000114c6\U000115c1-\U000115d7\U00011641-\U00011643\U00011660-\U0001166c\U000116b9\U0001173c-\U0001173f\U0001183b\U00011944-\U00011946\U000119e2\U00011a3f-\U00011a46\U00011a9a-\U00011a9c\U00011a9e-\U00011aa2\U00011b00-\U00011b09\U00011be1\U00011c41-\U00011c45\U00011c70-\U00011c71\U00011ef7-\U00011ef8\U00011f43-\U00011f4f\U00011fd5-\U00011fff\U00012470-\U00012474\U00012ff1-\U00012ff2\U00013430-\U0001343f\U00016a6e-\U00016a6f\U00016af5\U00016b37-\U00016b3f\U00016b44-\U00016b45\U00016d6d-\U00016d6f\U00016e97-\U00016e9a\U00016fe2\U0001bc9c-\U0001d245\U0001d300-\U0001d356\U0001d800-\U0001da8b\U0001e14f\U0001e2ff\U0001e5ff\U0001e95e-\U0001e95f\U0001ecac\U0001ecb0\U0001ed2e\U0001eef0-\U0001f0f5\U0001f10d-\U0001fbfa]', '-', 'g');
	slug := left(regexp_replace(slug, '(?:-|(?<![^-.])[.]|[.](?![^-.]))+', '-', 'g'), 100);
	slug := coalesce(nullif(regexp_replace(slug, '^-|[-.]$', '', 'g'), ''), 'topic');
	IF replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(slug,
			'-plus-plus(?=-|$)', '++', 'g'), '-plus-', '+', 'g'), '-plus$', '+'), '-sharp(?=-|$)', '#', 'g'), '-', ' ') = normalized
		AND (kind = 'CATEGORY') = (slug ~ '^((astro-ph|cond-mat|nlin|q-bio)(\.[a-z-]{2,})?|(cs|econ|eess|math|physics|q-fin|stat)\.[a-z-]{2,}|gr-qc|hep-(ex|lat|ph|th)|math-ph|nucl-(ex|th)|quant-ph)$')
	THEN
		RETURN slug;
	END IF;
	RETURN slug || '~' || left(encode(sha256(convert_to(kind || ' ' || normalized, 'UTF8')), 'hex'), 10);
END $$;--> statement-breakpoint
CREATE TABLE "author_aliases" (
	"slug" text PRIMARY KEY NOT NULL,
	"author_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "topic_aliases" (
	"slug" text PRIMARY KEY NOT NULL,
	"topic_id" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "paper_topics" ADD COLUMN "spelling" text;--> statement-breakpoint
DROP INDEX "topics_folded_name";--> statement-breakpoint
ALTER TABLE "topics" RENAME COLUMN "folded_name" TO "normalized_name";--> statement-breakpoint
-- Without these, which are added again at the end: for each topic and author that is deleted, they would read all papers.
ALTER TABLE "paper_topics" DROP CONSTRAINT "paper_topics_topic_id_topics_id_fk";--> statement-breakpoint
ALTER TABLE "paper_authors" DROP CONSTRAINT "paper_authors_author_id_authors_id_fk";--> statement-breakpoint
CREATE TEMPORARY TABLE "changed_cards" ("paper_id" bigint) ON COMMIT DROP;--> statement-breakpoint
-- Topics: of those that become one, the one with most papers stays. A name of nothing but dashes and spaces is none.
CREATE TEMPORARY TABLE "moved_topics" ON COMMIT DROP AS
SELECT id, kind, slug AS former_slug, plain AS spelling, normalized, kept, count(*) OVER (PARTITION BY kept) > 1 AS merged,
	CASE WHEN id = kept THEN pg_temp.topic_slug(kind::text, normalized) END AS slug, plain <> name AS cleaned
FROM (
	SELECT *, first_value(id) OVER (PARTITION BY kind, normalized ORDER BY paper_count DESC, id) AS kept
	FROM (SELECT *, pg_temp.plain_name(name) AS plain, pg_temp.normalized_name(normalized_name) AS normalized FROM topics) AS named
) AS grouped;--> statement-breakpoint
CREATE UNIQUE INDEX "moved_topics_id" ON "moved_topics" ("id");--> statement-breakpoint
ANALYZE "moved_topics";--> statement-breakpoint
INSERT INTO "changed_cards"
SELECT paper_id FROM paper_topics JOIN moved_topics AS moved ON moved.id = topic_id
WHERE merged OR cleaned OR normalized = '' OR slug IS DISTINCT FROM former_slug;--> statement-breakpoint
UPDATE "paper_topics" SET "spelling" = moved.spelling FROM moved_topics AS moved
WHERE topic_id = moved.id AND moved.spelling <> moved.normalized;--> statement-breakpoint
DELETE FROM "paper_topics" USING moved_topics AS moved WHERE topic_id = moved.id AND moved.normalized = '';--> statement-breakpoint
DELETE FROM "paper_topics" AS "repeated" USING (
	SELECT paper_id, topic_id, row_number() OVER (PARTITION BY paper_id, kept ORDER BY position, topic_id) AS n
	FROM paper_topics JOIN moved_topics AS moved ON moved.id = topic_id WHERE merged
) AS listed
WHERE listed.n > 1 AND (repeated.paper_id, repeated.topic_id) = (listed.paper_id, listed.topic_id);--> statement-breakpoint
UPDATE "paper_topics" SET "topic_id" = moved.kept FROM moved_topics AS moved WHERE topic_id = moved.id AND moved.kept <> moved.id;--> statement-breakpoint
DELETE FROM "topics" USING moved_topics AS moved WHERE topics.id = moved.id AND (moved.kept <> moved.id OR moved.normalized = '');--> statement-breakpoint
-- Two topics may exchange slugs.
UPDATE "topics" SET "slug" = '~' || topics.id FROM moved_topics AS moved WHERE topics.id = moved.id AND topics.slug <> moved.slug;--> statement-breakpoint
UPDATE "topics" SET "slug" = moved.slug, "name" = moved.spelling, "normalized_name" = moved.normalized FROM moved_topics AS moved
WHERE topics.id = moved.id AND (topics.slug, topics.name, topics.normalized_name) IS DISTINCT FROM (moved.slug, moved.spelling, moved.normalized);--> statement-breakpoint
UPDATE "topics" SET "name" = named.name FROM (
	SELECT DISTINCT ON (id) id, spelling AS name
	FROM (
		SELECT topics.id, coalesce(paper_topics.spelling, topics.normalized_name) AS spelling, count(*) AS papers
		FROM topics JOIN moved_topics AS moved USING (id) JOIN paper_topics ON paper_topics.topic_id = topics.id
		WHERE moved.merged GROUP BY 1, 2
	) AS spellings
	ORDER BY id, papers DESC, spelling COLLATE "C"
) AS named WHERE topics.id = named.id AND topics.name <> named.name;--> statement-breakpoint
-- The formula of `src/queries/trending.ts`.
UPDATE "topics" SET "paper_count" = counted.papers, "trending_score" = counted.score FROM (
	SELECT topic_id, count(*)::int AS papers,
		coalesce(max(highest) + ln(sum(power(2::float8, greatest(x - highest, -1000::float8)) ORDER BY x) FILTER (WHERE x > '-Infinity')) / ln(2::float8), '-Infinity') AS score
	FROM (
		SELECT topic_id, trending_score AS x, max(trending_score) OVER (PARTITION BY topic_id) AS highest
		FROM paper_topics JOIN papers ON papers.id = paper_id
		WHERE NOT hidden AND topic_id IN (SELECT kept FROM moved_topics WHERE merged)
	) AS paper GROUP BY topic_id
) AS counted WHERE topics.id = counted.topic_id;--> statement-breakpoint
INSERT INTO "topic_aliases"
SELECT former_slug, kept FROM moved_topics WHERE normalized <> '' AND former_slug NOT IN (SELECT slug FROM topics);--> statement-breakpoint
-- Authors: the one with the shortest slug stays, which is the one without a number.
CREATE TEMPORARY TABLE "moved_authors" ON COMMIT DROP AS
SELECT * FROM (
	SELECT id, slug, user_id, name AS former_name, plain AS name, first_value(id) OVER (PARTITION BY plain ORDER BY length(slug), id) AS kept,
		count(*) OVER (PARTITION BY plain) > 1 AS merged
	FROM (SELECT *, pg_temp.plain_name(name) AS plain FROM authors) AS named
) AS grouped WHERE name <> '' AND (merged OR name <> former_name);--> statement-breakpoint
CREATE UNIQUE INDEX "moved_authors_id" ON "moved_authors" ("id");--> statement-breakpoint
ANALYZE "moved_authors";--> statement-breakpoint
INSERT INTO "changed_cards" SELECT paper_id FROM paper_authors JOIN moved_authors AS moved ON moved.id = author_id;--> statement-breakpoint
-- The analyzer of the index ignores some invisible characters and hyphens. Of names with others the terms change.
UPDATE "search_generations" SET "analyzer_version" = 0 WHERE EXISTS (
	SELECT FROM moved_authors
	WHERE btrim(regexp_replace(regexp_replace(former_name, '[\u00ad\u200b\u2060]', '', 'g'), '[\u2010-\u2013]', '-', 'g')) <> name
);--> statement-breakpoint
UPDATE "authors" SET "user_id" = linked.user_id FROM (
	SELECT DISTINCT ON (kept) kept, user_id FROM moved_authors WHERE user_id IS NOT NULL ORDER BY kept, id
) AS linked WHERE authors.id = linked.kept AND authors.user_id IS NULL;--> statement-breakpoint
UPDATE "paper_authors" SET "author_id" = moved.kept FROM moved_authors AS moved WHERE author_id = moved.id AND moved.kept <> moved.id;--> statement-breakpoint
UPDATE "paper_authors" SET "repeated" = listed.repeated FROM (
	SELECT paper_id, position, row_number() OVER (PARTITION BY paper_id, author_id ORDER BY position) > 1 AS repeated
	FROM paper_authors WHERE paper_id IN (
		SELECT paper_id FROM paper_authors WHERE author_id IN (SELECT kept FROM moved_authors WHERE merged)
	)
) AS listed
WHERE (paper_authors.paper_id, paper_authors.position) = (listed.paper_id, listed.position) AND paper_authors.repeated <> listed.repeated;--> statement-breakpoint
DELETE FROM "authors" USING moved_authors AS moved WHERE authors.id = moved.id AND moved.kept <> moved.id;--> statement-breakpoint
UPDATE "authors" SET "name" = moved.name FROM moved_authors AS moved WHERE authors.id = moved.id AND authors.name <> moved.name;--> statement-breakpoint
UPDATE "authors" SET "paper_count" = counted.papers, "vote_count" = counted.votes FROM (
	SELECT author_id, count(*)::int AS papers, sum(papers.vote_count)::int AS votes
	FROM paper_authors JOIN papers ON papers.id = paper_id
	WHERE NOT repeated AND NOT hidden AND author_id IN (SELECT kept FROM moved_authors WHERE merged) GROUP BY author_id
) AS counted WHERE authors.id = counted.author_id;--> statement-breakpoint
INSERT INTO "author_aliases" SELECT slug, kept FROM moved_authors WHERE kept <> id;--> statement-breakpoint
-- A handle, slug or identifier that another row has stays as it is: these rows may have keys of their own.
UPDATE "users" SET "name" = nullif(pg_temp.plain_name(name), '') WHERE name <> pg_temp.plain_name(name);--> statement-breakpoint
UPDATE "users" SET "handle" = plain FROM (
	SELECT DISTINCT ON (lower(plain)) id, plain FROM (SELECT id, handle, pg_temp.plain_name(handle) AS plain FROM users) AS named
	WHERE plain NOT IN ('', handle) ORDER BY lower(plain), id
) AS named
WHERE users.id = named.id AND NOT EXISTS (SELECT FROM users AS other WHERE lower(other.handle) = lower(plain) AND other.id <> users.id);--> statement-breakpoint
UPDATE "organizations" SET "name" = pg_temp.plain_name(name) WHERE pg_temp.plain_name(name) NOT IN ('', name);--> statement-breakpoint
UPDATE "organizations" SET "slug" = plain FROM (
	SELECT DISTINCT ON (lower(plain)) id, plain FROM (SELECT id, slug, pg_temp.plain_name(slug) AS plain FROM organizations) AS named
	WHERE plain NOT IN ('', slug) ORDER BY lower(plain), id
) AS named
WHERE organizations.id = named.id AND NOT EXISTS (SELECT FROM organizations AS other WHERE lower(other.slug) = lower(plain) AND other.id <> organizations.id);--> statement-breakpoint
UPDATE "paper_identifiers" SET "value" = plain FROM (
	SELECT DISTINCT ON (scheme, plain) scheme, value, plain
	FROM (SELECT scheme, value, btrim(pg_temp.plain_characters(value)) AS plain FROM paper_identifiers WHERE scheme <> 'feed') AS named
	WHERE plain NOT IN ('', value) ORDER BY scheme, plain, value
) AS named
WHERE (paper_identifiers.scheme, paper_identifiers.value) = (named.scheme, named.value)
	AND NOT EXISTS (SELECT FROM paper_identifiers AS other WHERE (other.scheme, other.value) = (named.scheme, plain));--> statement-breakpoint
UPDATE "papers" SET "doi" = plain FROM (
	SELECT DISTINCT ON (plain) id, plain FROM (SELECT id, doi, pg_temp.plain_characters(doi) AS plain FROM papers WHERE doi IS NOT NULL) AS named
	WHERE plain <> doi AND plain ~ '^10[.][0-9]{4,9}/\S+$' ORDER BY plain, id
) AS named
WHERE papers.id = named.id AND NOT EXISTS (SELECT FROM papers AS other WHERE other.doi = plain);--> statement-breakpoint
UPDATE "paper_cards" SET
	"authors" = array_to_string(array(
		SELECT authors.id::text || E'\x1f' || authors.slug || E'\x1f' || authors.name
		FROM paper_authors JOIN authors ON authors.id = paper_authors.author_id
		WHERE paper_authors.paper_id = paper_cards.paper_id AND paper_authors.position <= 20 ORDER BY paper_authors.position
	), E'\x1f'),
	"topics" = array_to_string(array(
		SELECT topics.id::text || E'\x1f' || topics.kind::text || E'\x1f' || topics.slug || E'\x1f' || topics.name
		FROM paper_topics JOIN topics ON topics.id = paper_topics.topic_id
		WHERE paper_topics.paper_id = paper_cards.paper_id ORDER BY topics.kind, paper_topics.position
	), E'\x1f')
WHERE paper_id IN (SELECT paper_id FROM changed_cards);--> statement-breakpoint
DROP FUNCTION pg_temp.topic_slug;--> statement-breakpoint
DROP FUNCTION pg_temp.normalized_name;--> statement-breakpoint
DROP FUNCTION pg_temp.plain_name;--> statement-breakpoint
DROP FUNCTION pg_temp.plain_characters;--> statement-breakpoint
ALTER TABLE "paper_topics" ADD CONSTRAINT "paper_topics_topic_id_topics_id_fk" FOREIGN KEY ("topic_id") REFERENCES "public"."topics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "paper_authors" ADD CONSTRAINT "paper_authors_author_id_authors_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."authors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "author_aliases" ADD CONSTRAINT "author_aliases_author_id_authors_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."authors"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "topic_aliases" ADD CONSTRAINT "topic_aliases_topic_id_topics_id_fk" FOREIGN KEY ("topic_id") REFERENCES "public"."topics"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "author_aliases_of_author" ON "author_aliases" USING btree ("author_id");--> statement-breakpoint
CREATE INDEX "topic_aliases_of_topic" ON "topic_aliases" USING btree ("topic_id");--> statement-breakpoint
CREATE UNIQUE INDEX "topics_normalized_name" ON "topics" USING btree ("kind","normalized_name");
