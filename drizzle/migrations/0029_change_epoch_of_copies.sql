-- A database that pg_restore has filled, or that has another one as its template, has the row of that one's clock, but not what came
-- later. So a cursor also belongs to the number of the database and to that of a table: pg_upgrade keeps both, a copy has others.
CREATE OR REPLACE FUNCTION "change_epoch"() RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
  stored text := (SELECT left(epoch::text, 8) FROM change_clock) || '.' || 'paper_changes'::regclass::oid || '.'
    || (SELECT oid FROM pg_database WHERE datname = current_database());
BEGIN
  RETURN stored || '.' || (SELECT timeline_id FROM pg_control_checkpoint());
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
  RETURN stored;
END $$;
