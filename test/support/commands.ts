import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './program.ts'
import { type Printed, runHere } from './run-here.ts'

export const SAMPLE = join(ROOT, 'src/ingest/sample.jsonl')

const ARGUMENTS: Record<string, string> = {
  'backup.ts': join(tmpdir(), 'no-backup'),
  'digest.ts': 'preview',
  'dump.ts': join(tmpdir(), 'no-dump'),
  'export.ts': join(tmpdir(), 'no-export.gz'),
  'generate.ts': '--papers 5',
  'import.ts': `papers ${SAMPLE}`,
  'restore.ts': SAMPLE,
  'token.ts': 'ada',
  'user.ts': 'export ada',
}

/** A call of every program that opens the database, so that a new one is tried, too. */
export async function commands(): Promise<string[]> {
  const found: string[] = []
  for (const file of await readdir(join(ROOT, 'src/programs'))) {
    const text = await readFile(join(ROOT, 'src/programs', file), 'utf8')
    const opens = text.includes('runProgram({') && /\b(startDatabase|withDatabase)\(/.test(text)
    if (opens) found.push(`${file.replace('.ts', '')} ${ARGUMENTS[file] ?? ''}`.trim())
  }
  if (found.length < Object.keys(ARGUMENTS).length) throw new Error(`Programs were not found: ${found}`)
  return found
}

/** Runs such a call on a database. */
export function runCommand(command: string, databaseUrl: string): Promise<Printed> {
  const [program, ...args] = command.split(' ')
  const SYNC = program === 'sync' ? 'hf-daily' : ''
  return runHere(`src/programs/${program}.ts`, args, { DATABASE_URL: databaseUrl, PORT: '0', SYNC })
}
