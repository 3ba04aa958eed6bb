import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { sparseEntry } from './entry.ts'
import type { Behaviour } from './hook-recorder.ts'

/** The secret of all of them. */
export const SECRET = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`

/** Each list has the papers of one of so many topics. */
export const TOPICS = 25

/** One webhook in twenty never takes anything, in one of three ways; one in ten refuses the first message. */
export function behaviourOf(path: string): Behaviour {
  const n = Number(path.slice(1))
  if (n % 20 === 7) return (['fails', 'stalls', 'gone'] as const)[Math.floor(n / 20) % 3] as Behaviour
  return n % 10 === 3 ? 'flaky' : 'live'
}

/** The topic of a paper, and of the list of a webhook. */
export const topicOfPaper = (n: number): number => n % TOPICS
export const topicOfHook = (n: number, lists: number): number => (n % lists) % TOPICS

/** Webhooks at `/0`, `/1` and so on: each person has one for each list. */
export async function givenHooks(
  db: Db,
  url: string,
  { hooks, lists }: { hooks: number; lists: number },
): Promise<void> {
  await db.execute(sql`
    insert into users (handle, account_since) select 'hooked-' || n, now() from generate_series(0, ${Math.ceil(hooks / lists) - 1}::int) as n`)
  await db.execute(sql`
    insert into saved_filters (user_id, name, query, feed_token)
    select users.id, 'List ' || list, 'topics=field-' || list % ${TOPICS} || '&excludeTopics=nothing-' || list, 'hook ' || n
    from generate_series(0, ${hooks - 1}::int) as n cross join lateral (select n % ${lists} as list, n / ${lists} as person) as place
    join users on handle = 'hooked-' || person`)
  await db.execute(sql`
    insert into webhooks (saved_filter_id, url, form, events, secret)
    select id, ${url} || '/' || replace(feed_token, 'hook ', ''), 'STANDARD', '{PAPER_LISTED}', ${SECRET}
    from saved_filters where feed_token like 'hook %'`)
}

/** A paper that is listed today. */
export function hookedPaper(n: number, prefix = 'Paper'): PaperEntry {
  const now = new Date().toISOString()
  return sparseEntry({
    source: 'test',
    asOf: now,
    arxivId: `26${prefix === 'Paper' ? '11' : '10'}.${String(30_000 + n)}`,
    title: `${prefix} ${n}`,
    abstract: `How the paper ${n} explains tides, and what became of the harbour.`,
    publishedAt: now,
    listedAt: now,
    listedOn: now.slice(0, 10),
    authors: [{ name: `Author ${n % 40}`, account: null }],
    topics: [{ kind: 'KEYWORD', names: [`field ${topicOfPaper(n)}`] }],
  })
}

/** The titles that a webhook must get, in order. */
export const wantedTitles = (hook: number, { lists, papers }: { lists: number; papers: number }): string[] =>
  Array.from({ length: papers }, (_, n) => n)
    .filter((n) => topicOfPaper(n) === topicOfHook(hook, lists))
    .map((n) => `Paper ${n}`)
