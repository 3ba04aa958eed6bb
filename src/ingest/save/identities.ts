import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { recordset } from '../../db/recordset.ts'
import { notifyChanged } from '../../writes/events.ts'
import { LOCAL_KEY, PROVIDER_KEY } from '../../writes/users.ts'

/**
 * People and organizations are the same to an import: a source knows them by a key that stays, and shows them under a
 * handle and a name that change.
 */
export interface Named {
  handle: string
  name: string | null
  avatarUrl: string | null
  sourceKey: string | null
}

/** That an entry names one. */
export interface Sighting {
  named: Named
  /** The moment of the entry. */
  asOf: string
  /** The only row that this may be; null for any, or a new one. */
  only: number | null
}

/** The table of one kind. */
export interface NamedTable {
  name: 'users' | 'organizations'
  handle: 'handle' | 'slug'
}

interface State extends Named {
  id: number | null
  /** The newest moment at which it was so called, in the form of `momentOf`; empty where no source ever did. */
  seenAt: string
  storedHandle: string | null
  changed: boolean
}

type StoredRow = Record<'id' | 'handle', string> & Record<'name' | 'avatar' | 'key' | 'seen', string | null>

const fold = (handle: string): string => handle.toLowerCase()

/**
 * Finds or adds each one that is sighted and answers their ids in the order of the sightings; null where `only` did not
 * fit. Who was known by the handle alone gets the key; a newer sighting brings a new handle, name and picture.
 *
 * A handle that passed from one to another belongs to whoever was seen with it last; the other has been renamed at the
 * source as well, and stands as `<handle>-<end of its key>` until it is seen again.
 */
export async function saveNamed(tx: Db, table: NamedTable, sightings: readonly Sighting[]): Promise<(number | null)[]> {
  if (sightings.length === 0) return []
  const states = await storedStates(tx, table, sightings)
  const byKey = new Map(states.flatMap((state) => (state.sourceKey === null ? [] : [[state.sourceKey, state]])))
  const byHandle = new Map(states.map((state) => [fold(state.handle), state]))

  const find = ({ sourceKey, handle }: Named): State | undefined => {
    const known = sourceKey === null ? undefined : byKey.get(sourceKey)
    if (known) return known
    const holder = byHandle.get(fold(handle))
    return holder && (sourceKey === null || holder.sourceKey === null) ? holder : undefined
  }
  const moveTo = (state: State, handle: string): void => {
    if (byHandle.get(fold(state.handle)) === state) byHandle.delete(fold(state.handle))
    state.handle = handle
    byHandle.set(fold(handle), state)
  }
  const claim = (state: State, handle: string): void => {
    const holder = byHandle.get(fold(handle))
    if (!holder || holder === state) {
      moveTo(state, handle)
    } else if (holder.sourceKey !== null && !isLocal(holder) && state.seenAt > holder.seenAt) {
      moveTo(holder, aside(holder))
      holder.changed = true
      moveTo(state, handle)
    } else {
      moveTo(state, aside({ ...state, handle }))
    }
  }

  // Oldest first, so that the newest has the last word; those with a key before those without at the same moment.
  const order = sightings
    .map((_, index) => index)
    .sort((a, b) => {
      const [one, other] = [sightings[a] as Sighting, sightings[b] as Sighting]
      if (one.asOf !== other.asOf) return one.asOf < other.asOf ? -1 : 1
      return Number(one.named.sourceKey === null) - Number(other.named.sourceKey === null) || a - b
    })
  const found: (State | null)[] = sightings.map(() => null)
  for (const index of order) {
    const { named, asOf, only } = sightings[index] as Sighting
    let state = find(named)
    if (only !== null && state?.id !== only) continue
    // Whoever signed up here is meant by their handle, but what they are called is theirs to say.
    if (state && isLocal(state)) {
      found[index] = state
      continue
    }
    if (!state) {
      state = { ...named, handle: '', id: null, seenAt: asOf, storedHandle: null, changed: true }
      claim(state, named.handle)
    } else if (asOf > state.seenAt) {
      take(state, { seenAt: asOf })
      if (state.handle !== named.handle) {
        const before = state.handle
        claim(state, named.handle)
        state.changed ||= state.handle !== before
      }
      take(state, { name: named.name ?? state.name, avatarUrl: named.avatarUrl ?? state.avatarUrl })
    } else {
      take(state, { name: state.name ?? named.name, avatarUrl: state.avatarUrl ?? named.avatarUrl })
    }
    if (named.sourceKey !== null && state.sourceKey === null) take(state, { sourceKey: named.sourceKey })
    if (state.sourceKey !== null) byKey.set(state.sourceKey, state)
    found[index] = state
  }

  await write(tx, table, [...new Set([...states, ...found.filter((state) => state !== null)])])
  return found.map((state) => state?.id ?? null)
}

function take(state: State, values: Partial<Named & Pick<State, 'seenAt'>>): void {
  for (const key of Object.keys(values) as (keyof typeof values)[]) if (state[key] !== values[key]) state.changed = true
  Object.assign(state, values)
}

const isLocal = ({ sourceKey }: Named): boolean =>
  sourceKey !== null && (sourceKey.startsWith(LOCAL_KEY) || sourceKey.startsWith(PROVIDER_KEY))

const aside = ({ handle, sourceKey }: Named): string => `${handle}-${(sourceKey ?? '').slice(-6)}`

async function storedStates(tx: Db, table: NamedTable, sightings: readonly Sighting[]): Promise<State[]> {
  const keys = sightings.flatMap(({ named }) => (named.sourceKey === null ? [] : [named.sourceKey]))
  const handles = [...new Set(sightings.map(({ named }) => named.handle))]
  const handle = sql.identifier(table.handle)
  const rows = await tx.execute<StoredRow>(sql`
    select id, ${handle} as handle, name, avatar_url as avatar, source_key as key, ${rfc3339Of(sql`named_as_of`)} as seen
    from ${sql.identifier(table.name)}
    where source_key = any(${sql.param([...new Set(keys)])}::text[])
      or lower(${handle}) = any(array(select lower(given) from unnest(${sql.param(handles)}::text[]) as given))
    order by id`)
  return rows.map((row) => ({
    id: Number(row.id),
    handle: row.handle,
    name: row.name,
    avatarUrl: row.avatar,
    sourceKey: row.key,
    seenAt: row.seen ?? '',
    storedHandle: row.handle,
    changed: false,
  }))
}

/** An instant of the database in the form of `momentOf`, so that the two are compared as text. */
const rfc3339Of = (moment: SQL): SQL => sql`to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

async function write(tx: Db, table: NamedTable, states: readonly State[]): Promise<void> {
  const [name, handle] = [sql.identifier(table.name), sql.identifier(table.handle)]
  const columns =
    'r(n int, id bigint, handle text, name text, "avatarUrl" text, "sourceKey" text, "seenAt" timestamptz)'
  const changed = states.filter((state) => state.id !== null && state.changed)
  if (states.some((state) => state.id === null || state.changed)) await notifyChanged(tx)

  // Two may have swapped handles: each must be given up before the other takes it.
  const wanted = new Set(states.filter((state) => state.changed).map((state) => fold(state.handle)))
  const givenUp = changed.filter(
    (state) =>
      fold(state.storedHandle as string) !== fold(state.handle) && wanted.has(fold(state.storedHandle as string)),
  )
  if (givenUp.length > 0)
    await tx.execute(sql`
      update ${name} set ${handle} = '~' || id
      where id = any(${sql.param(givenUp.map((state) => state.id))}::bigint[])`)

  if (changed.length > 0)
    await tx.execute(sql`
      update ${name} set ${handle} = r.handle, name = r.name, avatar_url = r."avatarUrl", source_key = r."sourceKey",
        named_as_of = r."seenAt"
      from ${recordset(changed, columns)} where ${name}.id = r.id`)

  const added = states.filter((state) => state.id === null).map((state, n) => ({ state, row: { ...state, n } }))
  if (added.length === 0) return
  const rows = await tx.execute<{ id: string; handle: string }>(sql`
    insert into ${name} (${handle}, name, avatar_url, source_key, named_as_of)
    select r.handle, r.name, r."avatarUrl", r."sourceKey", r."seenAt"
    from ${recordset(
      added.map(({ row }) => row),
      columns,
    )} order by r.n
    returning id, ${handle} as handle`)
  const ids = new Map(rows.map((row) => [row.handle, Number(row.id)]))
  for (const { state } of added) state.id = ids.get(state.handle) ?? null
}
