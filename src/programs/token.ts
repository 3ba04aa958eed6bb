import { parseArgs } from 'node:util'
import { type Db, openDatabase } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { startDatabase } from '../db/start.ts'
import { tokensOfUser } from '../queries/access-tokens.ts'
import { usersByHandles } from '../queries/users.ts'
import { readSettings } from '../settings.ts'
import { messageOf, OperatorError } from '../values/errors.ts'
import { ORDINARY_SCOPES, SCOPES, type Scope } from '../values/scopes.ts'
import { createAccessToken, revokeAccessToken } from '../writes/access-tokens.ts'
import { userOfHandle } from '../writes/users.ts'
import { fail, say } from './console.ts'

// `npm run token -- HANDLE` makes an access token, also while the server runs. The token alone goes to stdout, so that a
// script can take it (`npm run --silent token -- HANDLE`); what it is goes to stderr.

const USAGE = `Usage: npm run token -- HANDLE [--scopes ${ORDINARY_SCOPES.join(',')}]   makes a token; scopes are ${SCOPES.join(', ')}
       npm run token -- --list HANDLE                       lists the tokens of a person
       npm run token -- --revoke ID                         ends a token at once`

type Command =
  | { kind: 'make'; handle: string; scopes: readonly Scope[] }
  | { kind: 'list'; handle: string }
  | { kind: 'revoke'; id: number }

function readArguments(args: string[]): Command {
  const { values, positionals } = parse(args)
  if (values.revoke !== undefined) {
    if (positionals.length > 0 || values.list || values.scopes !== undefined) throw new OperatorError(USAGE)
    if (!/^[1-9]\d{0,14}$/.test(values.revoke))
      throw new OperatorError(`The id of a token is a number, as --list shows it; "${values.revoke}" is not.\n${USAGE}`)
    return { kind: 'revoke', id: Number(values.revoke) }
  }
  const [handle, ...more] = positionals
  if (handle === undefined || more.length > 0) throw new OperatorError(USAGE)
  if (values.list) {
    if (values.scopes !== undefined) throw new OperatorError(USAGE)
    return { kind: 'list', handle }
  }
  if (!/^[^\s\p{C}]{1,60}$/u.test(handle))
    throw new OperatorError('A handle has 1 to 60 characters and no spaces among them.')
  return { kind: 'make', handle, scopes: readScopes(values.scopes) }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { scopes: { type: 'string' }, list: { type: 'boolean' }, revoke: { type: 'string' } },
    })
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
}

function readScopes(given: string | undefined): readonly Scope[] {
  if (given === undefined) return ORDINARY_SCOPES
  const names = given.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !SCOPES.some((scope) => scope === name))
  if (unknown !== undefined)
    throw new OperatorError(
      `There is no scope "${unknown}". Scopes are ${SCOPES.join(', ')}, with commas between them.`,
    )
  return SCOPES.filter((scope) => names.includes(scope))
}

async function make(db: Db, handle: string, scopes: readonly Scope[]): Promise<void> {
  const { user, isNew } = await userOfHandle(db, handle)
  const { id, token } = await createAccessToken(db, user.id, scopes)
  if (isNew) say(`There was nobody with the handle ${user.handle}; now there is.`)
  say(`Token ${id} of ${user.handle}, scopes ${scopes.join(', ')}. It is not shown again.`)
  process.stdout.write(`${token}\n`)
}

async function list(db: Db, handle: string): Promise<void> {
  const [user] = await usersByHandles(db, [handle])
  if (!user) throw new OperatorError(`There is nobody with the handle ${handle}.`)
  const tokens = await tokensOfUser(db, user.id)
  if (tokens.length === 0) say(`${user.handle} has no tokens.`)
  for (const { id, scopes, createdAt, revokedAt } of tokens) {
    const state = revokedAt === null ? 'in force' : `revoked ${rfc3339(revokedAt)}`
    process.stdout.write(`${id}  ${scopes.join(',')}  made ${rfc3339(createdAt)}  ${state}\n`)
  }
}

async function revoke(db: Db, id: number): Promise<void> {
  if (!(await revokeAccessToken(db, id))) throw new OperatorError(`No token with the id ${id} is in force.`)
  say(`Token ${id} is revoked.`)
}

async function run(): Promise<void> {
  const command = readArguments(process.argv.slice(2))
  const running = await startDatabase(readSettings(process.env), say)
  const { db, close } = openDatabase(running.url, { connections: 1, statementTimeout: 10_000 })
  try {
    if (command.kind === 'make') await make(db, command.handle, command.scopes)
    else if (command.kind === 'list') await list(db, command.handle)
    else await revoke(db, command.id)
  } finally {
    await close()
    await running.stop()
  }
}

try {
  await run()
} catch (error) {
  fail(error)
}
