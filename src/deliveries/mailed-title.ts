import type { Db } from '../db/client.ts'
import { mailedListTitle } from '../formats/mailed-list.ts'
import type { PaperQuery } from '../formats/query-string.ts'
import { memberNames } from '../lists/member-names.ts'

/** What mails and the pages about them call a list, with names in place of slugs. */
export const mailedTitle = async (db: Db, query: PaperQuery): Promise<string> =>
  mailedListTitle(query, await memberNames(db, query.filter))
