import type { Db } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { tokensOfUser } from '../queries/access-tokens.ts'
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

const USAGE = `Usage: npm run token -- HANDLE [--scopes ${ORDINARY_SCOPES.join(',')}]   creates a token; scopes are ${SCOPES.join(', ')}
       npm run token -- --list HANDLE                       lists the tokens of a user
       npm run token -- --revoke ID                         revokes a token`

type Command =
  | { kind: 'make'; handle: string; scopes: readonly Scope[] }
  | { kind: 'list'; handle: string }
  | { kind: 'revoke'; id: number }

const OPTIONS = { scopes: { type: 'string' }, list: { type: 'boolean' }, revoke: { type: 'string' } } as const

function readCommand(): Command {
  const { values, positionals } = readOptions({ allowPositionals: true, options: OPTIONS }, USAGE)
  if (values.revoke !== undefined) {
    if (positionals.length > 0 || values.list || values.scopes !== undefined) throw new OperatorError(USAGE)
    if (!/^[1-9]\d{0,14}$/.test(values.revoke))
      throw new OperatorError(
        `The id of a token is a number, as shown by --list; "${values.revoke}" is not one.\n${USAGE}`,
      )
    return { kind: 'revoke', id: Number(values.revoke) }
  }
  const [given, ...more] = positionals
  if (given === undefined || more.length > 0) throw new OperatorError(USAGE)
  const handle = nameOf(given)
  if (values.list) {
    if (values.scopes !== undefined) throw new OperatorError(USAGE)
    return { kind: 'list', handle }
  }
  if (!/^[^\s\p{C}]{1,60}$/u.test(handle)) throw new OperatorError('A handle has 1 to 60 characters and no spaces.')
  return { kind: 'make', handle, scopes: readScopes(values.scopes) }
}

function readScopes(given: string | undefined): readonly Scope[] {
  if (given === undefined) return ORDINARY_SCOPES
  const names = given.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !SCOPES.some((scope) => scope === name))
  if (unknown !== undefined)
    throw new OperatorError(`There is no scope "${unknown}". Scopes are ${SCOPES.join(', ')}, separated by commas.`)
  return SCOPES.filter((scope) => names.includes(scope))
}

async function make(db: Db, handle: string, scopes: readonly Scope[]): Promise<void> {
  const { user, isNew } = await userOfHandle(db, handle)
  const { id, token } = await createAccessToken(db, user.id, scopes)
  if (isNew) say(`Created the user ${user.handle}.`)
  say(`Token ${id} of ${user.handle}, scopes ${scopes.join(', ')}. It is not shown again.`)
  process.stdout.write(`${token}\n`)
}

async function list(db: Db, handle: string): Promise<void> {
  const user = (await usersByHandles(db, [handle])).get(handle)
  if (!user) throw new OperatorError(`There is no user with the handle ${handle}.`)
  const tokens = await tokensOfUser(db, user.id)
  if (tokens.length === 0) say(`${user.handle} has no tokens.`)
  for (const { id, scopes, createdAt, revokedAt } of tokens) {
    const state = revokedAt === null ? 'active' : `revoked ${rfc3339(revokedAt)}`
    process.stdout.write(`${id}  ${scopes.join(',')}  created ${rfc3339(createdAt)}  ${state}\n`)
  }
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
    return withDatabase({ use, statementTimeout: 10_000 }, async (db) => {
      if (command.kind === 'make') await make(db, command.handle, command.scopes)
      else if (command.kind === 'list') await list(db, command.handle)
      else await revoke(db, command.id)
    })
  },
})
