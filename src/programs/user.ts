import type { Db } from '../db/client.ts'
import { type Erasure, eraseUser, type VotesOfErased } from '../ingest/erase-user.ts'
import { personalDataOf } from '../queries/personal-data.ts'
import { type UserRow, usersByHandles } from '../queries/users.ts'
import { OperatorError } from '../values/errors.ts'
import { LONGEST_REASON, nameOf, normalizeParagraphs } from '../values/text.ts'
import { operator } from '../writes/audit-log.ts'
import { say } from './console.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// What the operator does with the data of a person; the server may be running. Only the data goes to stdout.

const USAGE = `Usage: npm run user -- export HANDLE    writes everything that is stored about a user as JSON
       npm run user -- erase HANDLE --votes keep|remove [--reason TEXT]
           erases a user for ever, with tokens, saved filters, mail addresses and comments. Their votes stay as
           counts of nobody (keep) or go (remove). Papers that they submitted stay, without a submitter. Imports do not add the user
           again. Earlier exports and backups still have the data: delete them.`

type Command =
  | { kind: 'export'; handle: string }
  | { kind: 'erase'; handle: string; votes: VotesOfErased; reason: string | null }

function readCommand(): Command {
  const options = { votes: { type: 'string' }, reason: { type: 'string' } } as const
  const { values, positionals } = readOptions({ allowPositionals: true, options }, USAGE)
  const [kind, given, ...more] = positionals
  if (given === undefined || more.length > 0) throw new OperatorError(USAGE)
  const handle = nameOf(given)
  if (kind === 'export' && values.votes === undefined && values.reason === undefined) return { kind, handle }
  if (kind !== 'erase') throw new OperatorError(USAGE)
  const { votes } = values
  const reason = normalizeParagraphs(values.reason ?? '') || null
  if (votes !== 'keep' && votes !== 'remove')
    throw new OperatorError(`Say what becomes of the votes: --votes keep, or --votes remove.\n${USAGE}`)
  if (reason !== null && reason.length > LONGEST_REASON)
    throw new OperatorError(`The reason may have at most ${LONGEST_REASON} characters; it has ${reason.length}.`)
  return { kind, handle, votes, reason }
}

async function userNamed(db: Db, handle: string): Promise<UserRow> {
  const user = (await usersByHandles(db, [handle])).get(handle)
  if (user === undefined) throw new OperatorError(`There is no user with the handle ${handle}.`)
  return user
}

async function exportData(db: Db, handle: string): Promise<void> {
  const user = await userNamed(db, handle)
  process.stdout.write(`${JSON.stringify(await personalDataOf(db, user.id), null, 2)}\n`)
}

async function erase(
  db: Db,
  { handle, votes, reason }: Extract<Command, { kind: 'erase' }>,
  halfLifeHours: number,
): Promise<void> {
  const user = await userNamed(db, handle)
  const erasure = await eraseUser(db, user.id, votes, operator(reason), halfLifeHours)
  if (erasure === null) throw new OperatorError(`There is no user with the handle ${handle}.`)
  say(summary(user.handle, erasure, votes))
}

const number = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

const summary = (handle: string, erasure: Erasure, votes: VotesOfErased): string =>
  [
    `Erased the user ${handle}, with ${number(erasure.tokens, 'token')} and ${number(erasure.savedFilters, 'saved filter')}.`,
    `${number(erasure.votes, 'vote')} ${votes === 'keep' ? 'kept as counts of nobody' : 'removed'}.`,
    `${number(erasure.submissions, 'submitted paper')} kept without a submitter, ${number(erasure.reports, 'report')} without a reporter or comment.`,
    ...(erasure.authors > 0
      ? [`${number(erasure.authors, 'author')} kept as printed on papers, without an account.`]
      : []),
    'Exports and backups from before still have the data.',
  ].join('\n')

await runProgram({
  usage: USAGE,
  run: () => {
    const command = readCommand()
    return withDatabase(
      { use: command.kind === 'export' ? 'reads' : 'writes' },
      async (db, { trendingHalfLifeHours }) => {
        if (command.kind === 'export') await exportData(db, command.handle)
        else await erase(db, command, trendingHalfLifeHours)
      },
    )
  },
})
