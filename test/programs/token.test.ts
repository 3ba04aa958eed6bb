import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { holderOfToken } from '../../src/queries/access-tokens.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { runHere } from '../support/run-here.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database?.close())

// As a process of its own, `docs.test.ts` runs it.
const run = (...args: string[]) => runHere('src/programs/token.ts', args, { DATABASE_URL: database.url })

test('makes a token that works, alone on stdout, and the person if need be', async () => {
  const first = await run('Ada')
  const until = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  expect(first.stderr).toMatch(
    new RegExp(
      `^Created the user Ada\\.\\nToken 1 of Ada, scopes read, vote, submit, valid until ${until(90)}T\\S+Z\\. It is not shown again\\.\\n$`,
    ),
  )
  expect(first.stdout).toMatch(/^dp_[\w-]{43}\n$/)
  expect(first.code).toBe(0)
  const second = await run('ada', '--scopes', 'curate,read', '--days', '7')
  expect(second.stderr).toMatch(new RegExp(`^Token 2 of Ada, scopes read, curate, valid until ${until(7)}T`))
  for (const [{ stdout }, scopes] of [
    [first, ['read', 'vote', 'submit']],
    [second, ['read', 'curate']],
  ] as const)
    expect(await holderOfToken(database.db, stdout.trim())).toEqual({
      user: expect.objectContaining({ handle: 'Ada' }),
      scopes,
      expiresAt: expect.any(Date),
    })
})

test('lists and revokes', async () => {
  const { stdout: token } = await run('bo')
  const listed = await run('--list', 'bo')
  expect(listed).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^\d+ {2}bo {2}read,vote,submit {2}created \S+Z {2}active until \S+Z\n$/),
    stderr: '',
  })
  const id = listed.stdout.split(' ')[0]
  expect(await run('--revoke', id as string)).toEqual({ code: 0, stdout: '', stderr: `Token ${id} is revoked.\n` })
  expect(await holderOfToken(database.db, token.trim())).toBeNull()
  expect(await run('--revoke', id as string)).toEqual({
    code: 2,
    stdout: '',
    stderr: `There is no active token with the id ${id}.\n`,
  })
  expect((await run('BO', '--list')).stdout).toMatch(/ {2}revoked \S+Z\n$/)
})

test('lists the tokens of all, with those that have expired and those that never do', async () => {
  const TOKEN_DAYS = '3'
  const made = await runHere('src/programs/token.ts', ['cy'], { DATABASE_URL: database.url, TOKEN_DAYS })
  const until = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
  expect(made.stderr).toContain(`valid until ${until}T`)
  await run('dee')
  await database.db.execute(
    sql`update access_tokens set expires_at = now() - interval '1 s' where user_id = (select id from users where handle = 'cy')`,
  )
  await database.db.execute(
    sql`update access_tokens set expires_at = null where user_id = (select id from users where handle = 'dee')`,
  )
  expect(await holderOfToken(database.db, made.stdout.trim())).toEqual({ expiredAt: expect.any(String) })
  const lines = (await run('--list')).stdout.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThanOrEqual(2)
  expect(lines[0]).toMatch(/^\d+ {2}dee {2}.* active until it is revoked$/)
  expect(lines[1]).toMatch(/^\d+ {2}cy {2}.* expired \S+Z$/)
})

test.each<[string[], RegExp]>([
  [[], /^Usage: npm run token/],
  [['ada', 'bo'], /^Usage: npm run token/],
  [['ada', '--revoke', '1'], /^Usage: npm run token/],
  [['--fast', 'ada'], /^Unknown option '--fast'.*\nUsage:/],
  [['--revoke', 'one'], /^The id of a token is a number, as shown by --list; "one" is not one\./],
  [['--list', 'nobody'], /^There is no user with the handle nobody\.\n$/],
  [['ada', '--days', '0'], /^--days must be a whole number from 1 to 3650; it is "0"\.\n$/],
  [['--list', '--days', '3'], /^Usage: npm run token/],
  [['ada', '--scopes', 'all'], /^There is no scope "all"\. Scopes are read, vote, submit, curate/],
  [['a b'], /^A handle has 1 to 60 characters/],
])('wrong use is a sentence: %j', async (args, message) => {
  expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
})
