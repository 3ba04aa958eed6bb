import type { Db } from '../../db/client.ts'
import type { OrganizationEntry, PersonEntry } from '../entry.ts'
import { type NamedTable, type Sighting, saveNamed } from './identities.ts'

const USERS: NamedTable = { name: 'users', handle: 'handle' }
const ORGANIZATIONS: NamedTable = { name: 'organizations', handle: 'slug' }

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
