import { join } from 'node:path'
import { shellWord } from '../../values/shell.ts'
import { platformPackage } from './binaries.ts'
import { EmbeddedPostgresError } from './error.ts'

/**
 * The last packages of older majors of Postgres whose data this version can export. When `package.json` moves to a new major,
 * the one before it is added here.
 */
const LAST_PACKAGES: Readonly<Record<string, string>> = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
}

/** The error for a data directory of another major version, with the commands that move it. */
export function otherMajor(dataDir: string, found: string, contained: string): EmbeddedPostgresError {
  const made = `The database in ${dataDir} was made by Postgres ${found}`
  if (Number(found) > Number(contained))
    return new EmbeddedPostgresError(
      `${made}, and this version of Daily Papers contains Postgres ${contained}: start the newer version that made it, or set \
DATA_DIR to another directory.`,
    )
  const version = LAST_PACKAGES[found]
  if (version === undefined)
    return new EmbeddedPostgresError(
      `${made}, and this version of Daily Papers contains Postgres ${contained}, which cannot read it. Export it with the version \
that made it (npm run export -- FILE), set DATA_DIR to another directory, and restore it here (npm run restore -- FILE).`,
    )
  return new EmbeddedPostgresError(
    [
      `${made}, and this version of Daily Papers contains Postgres ${contained}, which cannot read it. These commands move it:`,
      ...commandsToMove(dataDir, found, `${platformPackage()}@${version}`),
    ].join('\n  '),
  )
}

/** The Postgres of the old major reads the data, because this program also runs on it. The old directory is kept. */
function commandsToMove(dataDir: string, found: string, oldPackage: string): string[] {
  const word = (...names: string[]) => shellWord(join(dataDir, ...names))
  const [set, move] = process.platform === 'win32' ? ['set', 'move'] : ['export', 'mv']
  const kept = word(`postgres-${found}`)
  return [
    `${set} DATA_DIR=${shellWord(dataDir)}`,
    `npm install --no-save ${oldPackage}`,
    `npm run export -- ${word('daily-papers.gz')}`,
    'npm ci',
    `mkdir ${kept}`,
    ...['postgres', 'postgres.password'].map((name) => `${move} ${word(name)} ${kept}`),
    `npm run restore -- ${word('daily-papers.gz')}`,
  ]
}
