import type { Db } from '../src/db/client.ts'
import type { EditionClock } from '../src/editions.ts'
import type { Loaders } from '../src/loaders/index.ts'
import type { UserRow } from '../src/queries/users.ts'

/** What resolvers are given, made anew for each request. */
export interface Context {
  db: Db
  loaders: Loaders
  /** The person signed in, or null. */
  viewer: UserRow | null
  /** Decides which editions are still open. */
  clock: EditionClock
}
