import type { Db } from '../../src/db/client.ts'
import { writing } from '../../src/writes/writing.ts'

/** Announces changed votes, as a process does that has written them. */
export const announceVotes = (db: Db, paperIds: readonly number[]): Promise<void> =>
  writing(db, async (open) => open.announceVotes(paperIds))

/** Announces papers as put on the list. */
export const announceListed = (db: Db, paperIds: readonly number[]): Promise<void> =>
  writing(db, async (open) => open.announceListed(paperIds))

/** Announces a change of anything else. */
export const announceChange = (db: Db): Promise<void> => writing(db, async (open) => open.announceChange())
