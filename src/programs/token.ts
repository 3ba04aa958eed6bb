import type { Db } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { listTokens } from '../queries/access-tokens.ts'
import { usersByHandles } from '../queries/users.ts'
import { OperatorError } from '../values/errors.ts'
import { ORDINARY_SCOPES, SCOPES, type Scope } from '../values/scopes.ts'
import { nameOf } from '../values/text.ts'
import { createAccessToken, revokeAccessToken } from '../writes/access-tokens.ts'
import { userOfHandle } from '../writes/users.ts'
import { say } from './console.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run token -- HANDLE` creates an access token; the server may be running. Only the token goes to stdout, so that a
// script can read it (`npm run --silent token -- HANDLE`); messages go to stderr.

const USAGE = `Usage: npm run token -- HANDLE [--scopes ${ORDINARY_SCOPES.join(',')}] [--days NUMBER]
           creates a token, valid for TOKEN_DAYS (90) or NUMBER days; scopes are ${SCOPES.join(', ')}
       npm run token -- --list [HANDLE]    lists the tokens of a user, or all
       npm run token -- --revoke ID        revokes a token`

/** About ten years. */
const MOST_DAYS = 3_650

type Command =
  | { kind: 'make'; handle: string; scopes: readonly Scope[]; days: number | null }
  | { kind: 'list'; handle: string | null }
  | { kind: 'revoke'; id: number }

const OPTIONS = {
  scopes: { type: 'string' },
  days: { type: 'string' },
  list: { type: 'boolean' },
  revoke: { type: 'string' },
} as const

function readCommand(): Command {
  const { values, positionals } = readOptions({ allowPositionals: true, options: OPTIONS }, USAGE)
  const [given, ...more] = positionals
  const { scopes, days, list, revoke } = values
  if (more.length > 0 || ((list || revoke !== undefined) && (scopes ?? days) !== undefined))
    throw new OperatorError(USAGE)
  if (revoke !== undefined) {
    if (given !== undefined || list) throw new OperatorError(USAGE)
    if (!/^[1-9]\d{0,14}$/.test(revoke))
      throw new OperatorError(`The id of a token is a number, as shown by --list; "${revoke}" is not one.\n${USAGE}`)
    return { kind: 'revoke', id: Number(revoke) }
  }
  if (list) return { kind: 'list', handle: given === undefined ? null : nameOf(given) }
  if (given === undefined) throw new OperatorError(USAGE)
  const handle = nameOf(given)
  if (!/^[^\s\p{C}]{1,60}$/u.test(handle)) throw new OperatorError('A handle has 1 to 60 characters and no spaces.')
  return { kind: 'make', handle, scopes: readScopes(scopes), days: readDays(days) }
}

function readDays(given: string | undefined): number | null {
  if (given === undefined) return null
  const days = Number(given)
  if (!/^\d+$/.test(given) || days < 1 || days > MOST_DAYS)
    throw new OperatorError(`--days must be a whole number from 1 to ${MOST_DAYS}; it is ${JSON.stringify(given)}.`)
  return days
}

function readScopes(given: string | undefined): readonly Scope[] {
  if (given === undefined) return ORDINARY_SCOPES
  const names = given.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !SCOPES.some((scope) => scope === name))
  if (unknown !== undefined)
    throw new OperatorError(`There is no scope "${unknown}". Scopes are ${SCOPES.join(', ')}, separated by commas.`)
  return SCOPES.filter((scope) => names.includes(scope))
}

async function make(db: Db, handle: string, scopes: readonly Scope[], days: number): Promise<void> {
  const { user, isNew } = await userOfHandle(db, handle)
  const { id, token, expiresAt } = await createAccessToken(db, user.id, scopes, days)
  if (isNew) say(`Created the user ${user.handle}.`)
  if (user.suspendedAt !== null)
    say(`${user.handle} is suspended: tokens are refused until a curator ends the suspension (unsuspendUser).`)
  const until = rfc3339(expiresAt)
  say(`Token ${id} of ${user.handle}, scopes ${scopes.join(', ')}, valid until ${until}. It is not shown again.`)
  process.stdout.write(`${token}\n`)
}

async function list(db: Db, handle: string | null): Promise<void> {
  const user = handle === null ? null : (await usersByHandles(db, [handle])).get(handle)
  if (user === undefined) throw new OperatorError(`There is no user with the handle ${handle}.`)
  const tokens = await listTokens(db, user?.id ?? null)
  if (tokens.length === 0) say(user === null ? 'There are no tokens.' : `${user.handle} has no tokens.`)
  for (const { id, handle: holder, scopes, createdAt, ...token } of tokens)
    process.stdout.write(`${id}  ${holder}  ${scopes.join(',')}  created ${rfc3339(createdAt)}  ${stateOf(token)}\n`)
}

interface TokenState {
  expiresAt: string | null
  isExpired: boolean
  revokedAt: string | null
}

function stateOf({ expiresAt, isExpired, revokedAt }: TokenState): string {
  if (revokedAt !== null) return `revoked ${rfc3339(revokedAt)}`
  if (expiresAt === null) return 'active until it is revoked'
  return `${isExpired ? 'expired' : 'active until'} ${rfc3339(expiresAt)}`
}

async function revoke(db: Db, id: number): Promise<void> {
  if (!(await revokeAccessToken(db, id))) throw new OperatorError(`There is no active token with the id ${id}.`)
  say(`Token ${id} is revoked.`)
}

await runProgram({
  usage: USAGE,
  run: () => {
    const command = readCommand()
    const use = command.kind === 'list' ? 'reads' : 'writes'
    return withDatabase({ use, statementTimeout: 10_000 }, async (db, { tokenDays }) => {
      if (command.kind === 'make') await make(db, command.handle, command.scopes, command.days ?? tokenDays)
      else if (command.kind === 'list') await list(db, command.handle)
      else await revoke(db, command.id)
    })
  },
})
