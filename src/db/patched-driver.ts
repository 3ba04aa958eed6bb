import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '../values/errors.ts'

/** A function that exists only in the patched driver (`src/patches/postgres+3.4.9.patch`). */
const ADDED_BY_PATCH = 'function dropWrites('

/**
 * Throws if the database driver is not patched: without the patch, a lost connection can end the process. `npm ci
 * --ignore-scripts` skips the patch silently. Reads one file of 30 KB, only at start.
 */
export function requirePatchedDriver(): void {
  const connection = new URL('connection.js', import.meta.resolve('postgres'))
  if (readFileSync(fileURLToPath(connection), 'utf8').includes(ADDED_BY_PATCH)) return
  throw new OperatorError(
    'The database driver is not patched, and a lost connection could end this program: run `npm run postinstall`.',
  )
}
