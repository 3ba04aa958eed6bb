import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { recordset } from '../../db/recordset.ts'
import { erasedAmong, identityHash } from '../../queries/erased-identities.ts'
import { idsOf } from '../../writes/counts.ts'
import { LOCAL_KEY, PROVIDER_KEY } from '../../writes/users.ts'
import type { Writing } from '../../writes/writing.ts'

/**
 * A person or an organization: an import treats both alike. A source knows them by a permanent key, and shows them under a
 * handle and a name that can change.
 */
export interface Identity {
  handle: string
  name: string | null
  avatarUrl: string | null
  sourceKey: string | null
}

/** One mention of an identity in an entry. */
export interface IdentitySighting {
  identity: Identity
  /** The moment of the entry. */
  asOf: string
  /** If set, the sighting is ignored unless it is of the row with this id. */
  onlyId: number | null
}

/** The tables of identities with their column for the handle. */
const HANDLE_COLUMNS = { users: 'handle', organizations: 'slug' } as const
type IdentityTable = keyof typeof HANDLE_COLUMNS

interface IdentityState extends Identity {
  id: number | null
  /** When a source last used this handle and name, in the form of `momentOf`; empty if none ever did. */
  seenAt: string
  /** The handle in the database; null for a new row. */
  handleBefore: string | null
  changed: boolean
}

type IdentityRow = Record<'id' | 'handle', string> & Record<'name' | 'avatar' | 'key' | 'seen', string | null>

/** Handles that differ only in case are one handle. */
const handleKey = (handle: string): string => handle.toLowerCase()

/**
 * Finds or adds the identity of each sighting and returns the ids in the order of the sightings; null if `onlyId` was
 * another row, and for a person whom the operator has erased. An identity that was known by its handle alone gets the key; a newer sighting brings a new handle, name and
 * avatar.
 *
 * If two identities claim one handle, the one that was seen with it last gets it. The other has been renamed at the
 * source, and is called `<handle>-<end of its key>` until a sighting brings its new handle.
 *
 * @param alsoLock rows that the transaction changes later: all rows of a table are locked together, by id
 */
export async function saveIdentities(
  open: Writing,
  table: IdentityTable,
  sightings: readonly IdentitySighting[],
  alsoLock: readonly number[] = [],
): Promise<(number | null)[]> {
  const erased =
    table === 'users'
      ? await erasedAmong(
          open.tx,
          sightings.map(({ identity }) => hashOf(identity)),
        )
      : NONE
  const states = sightings.length === 0 ? [] : await readStates(open.tx, table, sightings)
  const known = states.flatMap(({ id }) => id ?? [])
  if (known.length + alsoLock.length > 0) await open.lock(table, idsOf([...known, ...alsoLock]))
  if (sightings.length === 0) return []
  const byKey = new Map(states.flatMap((state) => (state.sourceKey === null ? [] : [[state.sourceKey, state]])))
  const byHandle = new Map(states.map((state) => [handleKey(state.handle), state]))

  const find = ({ sourceKey, handle }: Identity): IdentityState | undefined => {
    const known = sourceKey === null ? undefined : byKey.get(sourceKey)
    if (known) return known
    const holder = byHandle.get(handleKey(handle))
    return holder && (sourceKey === null || holder.sourceKey === null) ? holder : undefined
  }
  const moveTo = (state: IdentityState, handle: string): void => {
    if (byHandle.get(handleKey(state.handle)) === state) byHandle.delete(handleKey(state.handle))
    state.handle = handle
    byHandle.set(handleKey(handle), state)
  }
  const claim = (state: IdentityState, handle: string): void => {
    const holder = byHandle.get(handleKey(handle))
    if (!holder || holder === state) {
      moveTo(state, handle)
    } else if (holder.sourceKey !== null && !isLocal(holder) && state.seenAt > holder.seenAt) {
      moveTo(holder, handleWithKey(holder))
      holder.changed = true
      moveTo(state, handle)
    } else {
      moveTo(state, handleWithKey({ ...state, handle }))
    }
  }

  // Oldest first, so that the newest sighting wins. At the same moment, sightings with a key come before those without.
  const order = sightings
    .map((_, index) => index)
    .sort((a, b) => {
      const [one, other] = [sightings[a] as IdentitySighting, sightings[b] as IdentitySighting]
      if (one.asOf !== other.asOf) return one.asOf < other.asOf ? -1 : 1
      return Number(one.identity.sourceKey === null) - Number(other.identity.sourceKey === null) || a - b
    })
  const found: (IdentityState | null)[] = sightings.map(() => null)
  for (const index of order) {
    const { identity, asOf, onlyId } = sightings[index] as IdentitySighting
    if (erased.size > 0 && erased.has(hashOf(identity))) continue
    let state = find(identity)
    if (onlyId !== null && state?.id !== onlyId) continue
    // The handle of a local account identifies it, but no source may change its handle, name or avatar.
    if (state && isLocal(state)) {
      found[index] = state
      continue
    }
    if (!state) {
      state = { ...identity, handle: '', id: null, seenAt: asOf, handleBefore: null, changed: true }
      claim(state, identity.handle)
    } else if (asOf > state.seenAt) {
      update(state, { seenAt: asOf })
      if (state.handle !== identity.handle) {
        const before = state.handle
        claim(state, identity.handle)
        state.changed ||= state.handle !== before
      }
      update(state, { name: identity.name ?? state.name, avatarUrl: identity.avatarUrl ?? state.avatarUrl })
    } else {
      update(state, { name: state.name ?? identity.name, avatarUrl: state.avatarUrl ?? identity.avatarUrl })
    }
    if (identity.sourceKey !== null && state.sourceKey === null) update(state, { sourceKey: identity.sourceKey })
    if (state.sourceKey !== null) byKey.set(state.sourceKey, state)
    found[index] = state
  }

  await writeStates(open, table, [...new Set([...states, ...found.filter((state) => state !== null)])])
  return found.map((state) => state?.id ?? null)
}

const NONE: ReadonlySet<string> = new Set()

const hashOf = ({ sourceKey, handle }: Identity): string =>
  identityHash(sourceKey === null ? { handle } : { sourceKey })

function update(state: IdentityState, values: Partial<Identity & Pick<IdentityState, 'seenAt'>>): void {
  for (const key of Object.keys(values) as (keyof typeof values)[]) if (state[key] !== values[key]) state.changed = true
  Object.assign(state, values)
}

const isLocal = ({ sourceKey }: Identity): boolean =>
  sourceKey !== null && (sourceKey.startsWith(LOCAL_KEY) || sourceKey.startsWith(PROVIDER_KEY))

const handleWithKey = ({ handle, sourceKey }: Identity): string => `${handle}-${(sourceKey ?? '').slice(-6)}`

async function readStates(
  tx: Db,
  table: IdentityTable,
  sightings: readonly IdentitySighting[],
): Promise<IdentityState[]> {
  const keys = sightings.flatMap(({ identity }) => (identity.sourceKey === null ? [] : [identity.sourceKey]))
  const handles = [...new Set(sightings.map(({ identity }) => identity.handle))]
  const handle = sql.identifier(HANDLE_COLUMNS[table])
  const rows = await tx.execute<IdentityRow>(sql`
    select id, ${handle} as handle, name, avatar_url as avatar, source_key as key, ${rfc3339Of(sql`named_as_of`)} as seen
    from ${sql.identifier(table)}
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
    handleBefore: row.handle,
    changed: false,
  }))
}

/** An instant in the form of `momentOf`, so that the two can be compared as text. */
const rfc3339Of = (moment: SQL): SQL => sql`to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

async function writeStates(open: Writing, table: IdentityTable, states: readonly IdentityState[]): Promise<void> {
  const { tx } = open
  const [tableName, handle] = [sql.identifier(table), sql.identifier(HANDLE_COLUMNS[table])]
  const columns =
    'r(n int, id bigint, handle text, name text, "avatarUrl" text, "sourceKey" text, "seenAt" timestamptz)'
  const changed = states.filter((state) => state.id !== null && state.changed)
  if (states.some((state) => state.id === null || state.changed)) open.announceChange()

  // Two identities may swap handles. Free the handles first, since the column is unique.
  const wanted = new Set(states.filter((state) => state.changed).map((state) => handleKey(state.handle)))
  const swapped = changed.filter(
    (state) =>
      handleKey(state.handleBefore as string) !== handleKey(state.handle) &&
      wanted.has(handleKey(state.handleBefore as string)),
  )
  if (swapped.length > 0)
    await tx.execute(sql`
      update ${tableName} set ${handle} = '~' || id
      where id = any(${sql.param(swapped.map((state) => state.id))}::bigint[])`)

  if (changed.length > 0)
    await tx.execute(sql`
      update ${tableName} set ${handle} = r.handle, name = r.name, avatar_url = r."avatarUrl", source_key = r."sourceKey",
        named_as_of = r."seenAt"
      from ${recordset(changed, columns)} where ${tableName}.id = r.id`)

  const added = states.filter((state) => state.id === null).map((state, n) => ({ state, row: { ...state, n } }))
  if (added.length === 0) return
  const rows = await tx.execute<{ id: string; handle: string }>(sql`
    insert into ${tableName} (${handle}, name, avatar_url, source_key, named_as_of)
    select r.handle, r.name, r."avatarUrl", r."sourceKey", r."seenAt"
    from ${recordset(
      added.map(({ row }) => row),
      columns,
    )} order by r.n
    returning id, ${handle} as handle`)
  const ids = new Map(rows.map((row) => [row.handle, Number(row.id)]))
  for (const { state } of added) state.id = ids.get(state.handle) ?? null
  open.hold(table, ids.values())
}
