import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Db } from '../db/client.ts'
import { digestContent, type RunQuery } from '../deliveries/digest-content.ts'
import { mailedTitle } from '../deliveries/mailed-title.ts'
import { editionTitle } from '../formats/edition-name.ts'
import { FEED_DEFAULTS } from '../formats/links.ts'
import { renderConfirmationMail } from '../formats/mail/confirmation-mail.ts'
import { type DigestContent, renderDigestMail } from '../formats/mail/digest-mail.ts'
import { type PaperQuery, parsePaperQuery } from '../formats/query-string.ts'
import { queryRunner } from '../http/graphql/run-own-query.ts'
import type { Settings } from '../settings.ts'
import { type EditionSpan, editionIn, editionOf, PERIODS, type Period } from '../values/editions.ts'
import { BadUserInput, OperatorError } from '../values/errors.ts'
import { say } from './console.ts'
import { queryPartsOf } from './query-parts.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run digest -- preview` writes the mail that subscribers of a filter get. Only its address goes to stdout.

const USAGE = `Usage: npm run digest -- preview [--filter 'topics=agents'] [--period day|week|month] [--date DATE] [--to DIRECTORY]
           writes the mail of a filter, as HTML and as text, and prints where a browser finds it. The filter is the
           query string of a feed, the default all papers; the date is any day of the edition, the default the
           newest edition in which the filter has papers. Without --to, the directory is a temporary one`

const OPTIONS = {
  filter: { type: 'string', default: '' },
  period: { type: 'string', default: 'day' },
  date: { type: 'string' },
  to: { type: 'string' },
} as const

interface Command {
  query: PaperQuery
  period: Period
  /** Null for the newest with papers. */
  edition: EditionSpan | null
  /** Null for a temporary one. */
  directory: string | null
}

function readCommand(): Command {
  const { values, positionals } = readOptions({ allowPositionals: true, options: OPTIONS }, USAGE)
  if (positionals.length !== 1 || positionals[0] !== 'preview') throw new OperatorError(USAGE)
  const period = PERIODS.find((each) => each === values.period.toUpperCase())
  if (period === undefined)
    throw new OperatorError(`--period must be day, week or month; it is ${JSON.stringify(values.period)}.`)
  const edition = values.date === undefined ? null : editionIn(period, values.date)
  if (edition === null && values.date !== undefined)
    throw new OperatorError(`--date must be a day, such as 2026-02-17; it is ${JSON.stringify(values.date)}.`)
  return { query: readFilter(values.filter), period, edition, directory: values.to ?? null }
}

function readFilter(text: string): PaperQuery {
  try {
    return parsePaperQuery(new URLSearchParams(text), FEED_DEFAULTS).query
  } catch (error) {
    if (error instanceof BadUserInput) throw new OperatorError(`--filter: ${error.message}`)
    throw error
  }
}

const NEWEST = `
  query Newest($filter: PaperFilter) {
    papers(filter: $filter, orderBy: RECENTLY_LISTED, first: 1) { nodes { listedOn } }
  }
`

/** The newest edition in which the filter has papers; null if it has none. */
async function newestEdition(runQuery: RunQuery, { query: { filter }, period }: Command): Promise<EditionSpan | null> {
  const { papers } = await runQuery<{ papers: { nodes: { listedOn: string | null }[] } }>(NEWEST, { filter })
  const listedOn = papers.nodes[0]?.listedOn ?? null
  return listedOn === null ? null : editionOf(period, listedOn)
}

async function preview(command: Command, db: Db, settings: Settings): Promise<void> {
  const publicUrl = settings.publicUrl ?? `http://${settings.host}:${settings.port}`
  const runQuery = queryRunner(queryPartsOf(db, settings, publicUrl))
  const edition = command.edition ?? (await newestEdition(runQuery, command))
  if (edition === null) throw new OperatorError('No paper of this filter is listed: its subscribers get no mail.')
  const content = await digestContent(runQuery, publicUrl, command.query, edition)
  if (content === null)
    throw new OperatorError(
      `This filter has no papers in the edition ${editionTitle(edition)}: its subscribers get no mail of it.`,
    )
  const page = await write({ ...content, listTitle: await mailedTitle(db, command.query) }, command.directory)
  say(
    `The mail of ${editionTitle(edition)}, with ${content.papers.length} of ${content.totalCount} papers; its text and the confirmation are beside it.`,
  )
  process.stdout.write(`${page}\n`)
}

/** Writes the digest, and beside it the mail that a subscriber confirms first. @returns the address of the digest */
async function write(content: DigestContent, given: string | null): Promise<URL> {
  const { publicUrl, listTitle, links, edition } = content
  const address = (name: string) => `${publicUrl}/digest/${name}?token=preview`
  const mails = {
    digest: renderDigestMail({
      ...content,
      links: { ...links, unsubscribe: address('unsubscribe'), manage: address('manage') },
      why: 'You get this because … (each mail says here who subscribed to what).',
    }),
    confirmation: renderConfirmationMail({
      publicUrl,
      listTitle,
      period: edition.period,
      links: { confirm: address('confirm') },
      hours: 48,
    }),
  }
  const directory = given === null ? await mkdtemp(join(tmpdir(), 'daily-papers-digest-')) : resolve(given)
  await mkdir(directory, { recursive: true })
  for (const [name, { subject, html, text }] of Object.entries(mails)) {
    await writeFile(join(directory, `${name}.html`), html)
    await writeFile(join(directory, `${name}.txt`), `Subject: ${subject}\n\n${text}`)
  }
  return pathToFileURL(join(directory, 'digest.html'))
}

await runProgram({
  usage: USAGE,
  run: () => {
    const command = readCommand()
    return withDatabase({ use: 'reads' }, (db, settings) => preview(command, db, settings))
  },
})
