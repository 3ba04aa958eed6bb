/**
 * The settings of a session that statements rely on. A database or a role can have other defaults (`alter database … set`,
 * `alter role … set`), so every connection sets them.
 *
 * They are parameters of the start of a connection: they hold from the first statement on, cost no round trip, and are what
 * `reset` and `discard` return to. Where a connection pooler refuses or drops such parameters, the first statement of each
 * connection sets them. That is wrong in a pool of transactions: they end up in sessions that other clients use, and no error
 * tells. So a start refuses such a pool (`pooler.ts`).
 *
 * Left to the operator: what changes only the speed (planner, memory, `synchronous_commit`), `role`, and
 * `default_transaction_read_only`, by which hosts protect a full disk. `lc_messages` is left, too, because only a superuser may
 * set it: errors are recognized by their code, never by their text.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  // Instants, days and numbers are read as text, and cursors contain them: every session formats them in the same way, and
  // a number has all of its digits.
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  // How literals and arrays are read.
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  // Statements lock rows and then see what was committed before. With a snapshot of the transaction they would fail instead.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // Supabase and Heroku have schemas for extensions, of which pg_trgm is one. Those that do not exist are passed over.
  search_path: 'public, extensions, heroku_ext',
  // Search as you type and corrections of misspelled words.
  'pg_trgm.similarity_threshold': '0.3',
  'pg_trgm.word_similarity_threshold': '0.6',
  gin_fuzzy_search_limit: '0',
  // Writers wait for each other's rows, and pools keep idle connections. A frozen process does not keep its locks.
  lock_timeout: '0',
  idle_session_timeout: '0',
  idle_in_transaction_session_timeout: '1min',
  exit_on_error: 'off',
}
