import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OrganizationEntry, PaperEntry, PersonEntry } from '../../../src/ingest/entry.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { userOfHandle, userOfSourceKey } from '../../../src/writes/users.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { entryOf, HALF_LIFE, person, rowVersions } from '../fixtures.ts'

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.close())

let papers = 0
/** An entry about a paper of its own, of a day in November 2026. */
const seen = (day: number, submitter: PersonEntry | null, values: Partial<PaperEntry> = {}): PaperEntry => {
  papers += 1
  return entryOf({
    arxivId: `2611.${String(papers).padStart(5, '0')}`,
    asOf: `2026-11-${String(day).padStart(2, '0')}T23:59:59.999Z`,
    submitter,
    ...values,
  })
}
const save = async (...entries: PaperEntry[]) => {
  const { problems } = await saveEntries(database.db, entries, { halfLifeHours: HALF_LIFE })
  expect(problems).toEqual([])
}
const users = async () => [...(await database.db.execute(sql`select handle, name, source_key from users order by id`))]

test('a renamed person stays one row, and an older sighting does not undo the rename', async () => {
  await save(seen(1, person('noorh', 'u1', 'Noor Haddad')))
  await save(seen(5, person('noor', 'u1', 'Noor H.')))
  await save(seen(3, person('noorh', 'u1', 'Noor Haddad')))
  expect(await users()).toEqual([{ handle: 'noor', name: 'Noor H.', source_key: 'hf:u1' }])
})

test('the newest sighting of a batch wins', async () => {
  await save(seen(5, person('noor', 'u1')), seen(1, person('noorh', 'u1')), seen(3, person('nh', 'u1')))
  expect(await users()).toEqual([{ handle: 'noor', name: null, source_key: 'hf:u1' }])
})

test('an account known by its handle alone gets the key, ignoring case', async () => {
  await save(seen(1, person('NoorH', null)))
  await save(seen(2, person('noorh', 'u1', 'Noor')))
  await save(seen(3, person('NOORH', null)))
  expect(await users()).toEqual([{ handle: 'NOORH', name: 'Noor', source_key: 'hf:u1' }])
})

test('a local account is neither renamed by a source nor mistaken for an account there', async () => {
  const { user: bob } = await userOfHandle(database.db, 'bob')
  const ada = await userOfSourceKey(database.db, {
    sourceKey: 'oidc:https://issuer.example#1',
    handle: 'ada',
    name: 'Ada',
    avatarUrl: null,
  })
  await save(seen(1, person('bob', 'aaa111bbb222', 'Somebody Else')), seen(2, person('ada', null, 'Another Ada')))
  await save(seen(3, person('renamed-elsewhere', 'aaa111bbb222', 'Somebody Else')))
  expect(await users()).toEqual([
    { handle: 'bob', name: null, source_key: bob.sourceKey },
    { handle: 'ada', name: 'Ada', source_key: ada.sourceKey },
    { handle: 'renamed-elsewhere', name: 'Somebody Else', source_key: 'hf:aaa111bbb222' },
  ])
  const again = await userOfHandle(database.db, 'BOB')
  expect(again).toMatchObject({ isNew: false, user: { id: bob.id } })
})

test.each(['İlker', 'ΝΙΚΟΣ'])('the handle %s is found again, whatever its script', async (handle) => {
  const { user } = await userOfHandle(database.db, handle)
  expect(await userOfHandle(database.db, handle)).toEqual({ user, isNew: false })
})

test('a handle that two accounts used belongs to the one seen with it last', async () => {
  await save(seen(1, person('tides', 'aaa111bbb222')))
  await save(seen(2, person('tides', 'ccc333ddd444')))
  expect(await users()).toEqual([
    { handle: 'tides-bbb222', name: null, source_key: 'hf:aaa111bbb222' },
    { handle: 'tides', name: null, source_key: 'hf:ccc333ddd444' },
  ])
  await save(seen(3, person('waves', 'aaa111bbb222')))
  expect((await users())[0]).toMatchObject({ handle: 'waves' })
})

test('an older sighting does not take a handle back', async () => {
  await save(seen(2, person('tides', 'ccc333ddd444')))
  await save(seen(1, person('tides', 'aaa111bbb222')))
  expect(await users()).toEqual([
    { handle: 'tides', name: null, source_key: 'hf:ccc333ddd444' },
    { handle: 'tides-bbb222', name: null, source_key: 'hf:aaa111bbb222' },
  ])
})

test('two accounts can swap their handles', async () => {
  await save(seen(1, person('left', 'aaa')), seen(1, person('right', 'bbb')))
  await save(seen(2, person('right', 'aaa')), seen(2, person('left', 'bbb')))
  expect(await users()).toEqual([
    { handle: 'right', name: null, source_key: 'hf:aaa' },
    { handle: 'left', name: null, source_key: 'hf:bbb' },
  ])
})

test('importing a history of renames again writes nothing', async () => {
  const history = [
    seen(1, person('tides', 'aaa111bbb222', 'A')),
    seen(1, person('old', null)),
    seen(2, person('tides', 'ccc333ddd444')),
    seen(2, person('old', 'eee', 'E')),
    seen(3, person('waves', 'aaa111bbb222', 'A. A.')),
    seen(3, person('new', 'eee')),
    seen(3, null, { authors: [{ name: 'Eva', account: person('new', 'eee', 'Eva E.') }] }),
  ]
  for (const entry of history) await save(entry)
  const before = await rowVersions(database.db)
  for (const entry of history) await save(entry)
  await save(...history)
  expect(await rowVersions(database.db)).toEqual(before)
})

test('a submitter without a key does not replace one that has a key', async () => {
  const entry = seen(1, person('old', null))
  await save(entry)
  await save({ ...entry, asOf: '2026-11-02T00:00:00.000Z', submitter: person('old', 'eee') })
  await save(seen(3, person('new', 'eee')))
  await save({ ...entry, asOf: '2026-11-04T00:00:00.000Z' })
  expect(await users()).toHaveLength(1)
})

describe('accounts of authors', () => {
  const signed = (day: number, account: PersonEntry | null) =>
    seen(day, null, { authors: [{ name: 'Ann Lee', account }] })
  const linked = async () => [
    ...(await database.db.execute(sql`select handle from authors join users on users.id = user_id`)),
  ]

  test('the first one stays', async () => {
    await save(signed(1, null))
    await save(signed(2, person('ann', 'u1')))
    await save(signed(3, person('other-ann', 'u2')))
    expect(await linked()).toEqual([{ handle: 'ann' }])
  })

  test('two sightings in one batch need no second import', async () => {
    const entries = [
      signed(1, person('ann', 'u1')),
      signed(1, person('ann', 'u1', 'Ann Lee')),
      signed(1, person('al', 'u2')),
    ]
    await save(...entries)
    expect(await users()).toEqual([{ handle: 'ann', name: 'Ann Lee', source_key: 'hf:u1' }])
    const before = await rowVersions(database.db)
    await save(...entries)
    expect(await rowVersions(database.db)).toEqual(before)
  })

  test('a rename of the account is saved', async () => {
    await save(signed(1, person('ann', 'u1')))
    await save(signed(2, person('annlee', 'u1')))
    expect(await linked()).toEqual([{ handle: 'annlee' }])
  })
})

test('organizations are renamed like people', async () => {
  const of = (name: string, slug: string, key: string | null): OrganizationEntry => ({
    name,
    slug,
    avatarUrl: null,
    sourceKey: key,
  })
  await save(seen(1, null, { organization: of('Example Lab', 'example-lab', null) }))
  await save(seen(2, null, { organization: of('Example Lab', 'Example-Lab', 'hf:o1') }))
  await save(seen(3, null, { organization: of('Example Research', 'example-research', 'hf:o1') }))
  expect([...(await database.db.execute(sql`select slug, name, paper_count from organizations`))]).toEqual([
    { slug: 'example-research', name: 'Example Research', paper_count: 3 },
  ])
})
