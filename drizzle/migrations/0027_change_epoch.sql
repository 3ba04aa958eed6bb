-- What cursors of changes belong to: another one after a restore, and after a physical backup or a standby took the place of the
-- database, which begins a new timeline. Some hosts of databases do not let roles read the timeline.
CREATE FUNCTION "change_epoch"() RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
  stored text := (SELECT left(epoch::text, 8) FROM change_clock);
BEGIN
  RETURN stored || '.' || (SELECT timeline_id FROM pg_control_checkpoint());
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
  RETURN stored;
END $$;
