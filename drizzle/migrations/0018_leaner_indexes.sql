DROP INDEX "papers_edition";--> statement-breakpoint
DROP INDEX "papers_of_organization";--> statement-breakpoint
DROP INDEX "papers_of_submitter";--> statement-breakpoint
CREATE INDEX "papers_edition" ON "papers" USING btree ("listed_on","vote_count","id") WHERE "papers"."hidden_at" is null and "papers"."listed_on" is not null;--> statement-breakpoint
CREATE INDEX "papers_of_organization" ON "papers" USING btree ("organization_id","published_at","id") WHERE "papers"."hidden_at" is null and "papers"."organization_id" is not null;--> statement-breakpoint
CREATE INDEX "papers_of_submitter" ON "papers" USING btree ("submitter_id",coalesce("listed_at", '-infinity'::timestamptz),"id") WHERE "papers"."hidden_at" is null and "papers"."submitter_id" is not null;--> statement-breakpoint
-- Names in letters and digits of ASCII, which most are, take a third of the time: an author is compared four times when it is
-- added. The result is the same, so that stored rows stay as they are. Not STRICT, because a CASE in a strict function is not
-- inlined.
CREATE OR REPLACE FUNCTION "lookup_form"("name" text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN name !~ '[^A-Za-z0-9 .-]'
  THEN rtrim(' ' || btrim(regexp_replace(translate(lower(name), '.-', '  '), '  +', ' ', 'g')))
  ELSE regexp_replace(' ' || btrim(
    regexp_replace(
      replace(replace(replace(replace(
        translate(
          lower(normalize(regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036f]', '', 'g'), NFC)),
          'øłđıðς''’`', 'oldidσ'),
        'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), 'þ', 'th'),
      '[-\u2010-\u2015/_.,:;()\s]+', ' ', 'g')), '\s+$', '')
  END
$$;
