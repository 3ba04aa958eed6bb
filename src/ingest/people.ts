import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import type { OrganizationEntry, PersonEntry } from './entry.ts'
import { type NamedTable, type Sighting, saveNamed } from './named.ts'

// `seen_at` in the form of RFC 3339 with milliseconds, which entries have: the two are compared as text.
const USERS: NamedTable = {
  name: 'users',
  handle: 'handle',
  seen: (ids) => sql`
    select shown.id, to_char(max(facts_as_of) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as seen_at
    from (
      select submitter_id as id, facts_as_of from papers where submitter_id in (${ids})
      union all
      select authors.user_id, papers.facts_as_of
      from authors
      join paper_authors on paper_authors.author_id = authors.id
      join papers on papers.id = paper_authors.paper_id
      where authors.user_id in (${ids})
    ) as shown
    group by shown.id`,
}

const ORGANIZATIONS: NamedTable = {
  name: 'organizations',
  handle: 'slug',
  seen: (ids) => sql`
    select organization_id as id, to_char(max(facts_as_of) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as seen_at
    from papers where organization_id in (${ids})
    group by organization_id`,
}

/** That an entry names a person; `only` as in `Sighting`. */
export interface PersonSighting {
  person: PersonEntry
  asOf: string
  only: number | null
}

/** The ids of the people in the order of the sightings, as `saveNamed` says. */
export const savePeople = (tx: Db, sightings: readonly PersonSighting[]): Promise<(number | null)[]> =>
  saveNamed(
    tx,
    USERS,
    sightings.map(({ person, asOf, only }): Sighting => ({ named: person, asOf, only })),
  )

/** The ids of the organizations in the order given, as `saveNamed` says. */
export const saveOrganizations = (
  tx: Db,
  sightings: readonly { organization: OrganizationEntry; asOf: string }[],
): Promise<(number | null)[]> =>
  saveNamed(
    tx,
    ORGANIZATIONS,
    sightings.map(
      ({ organization: { slug, ...rest }, asOf }): Sighting => ({
        named: { ...rest, handle: slug },
        asOf,
        only: null,
      }),
    ),
  )
