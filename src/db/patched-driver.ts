import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '../values/errors.ts'

/** A function that only the patch adds to the driver (`src/patches/postgres+3.4.9.patch`). */
const ADDED_BY_PATCH = 'function dropWrites('

/**
 * Refuses to go on without the patch of the driver: a lost connection could then end the process. `npm ci
 * --ignore-scripts` leaves the patch out without a word. Reads one file of 30 KB, at start only.
 */
export function requirePatchedDriver(): void {
  const connection = new URL('connection.js', import.meta.resolve('postgres'))
  if (readFileSync(fileURLToPath(connection), 'utf8').includes(ADDED_BY_PATCH)) return
  throw new OperatorError(
    'The database driver is not patched, and a lost connection could end this program: run `npm run postinstall`.',
  )
}
