import { spawn } from 'node:child_process'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { fail, helpIfRequested } from '../../src/programs/console.ts'
import { OperatorError } from '../../src/values/errors.ts'
import { ROOT } from '../support/program.ts'
import { BENCH_DIRECTORY, type BenchPostgres, startPostgres } from './postgres.ts'
import { say } from './setting.ts'
import { table, whole } from './table.ts'

// `npm run bench:import -- --papers 1000000`: how fast a file in the form of Kaggle is imported, beside `psql \copy` of the
// same papers into a table without indexes, constraints and relations.

const USAGE = 'Usage: npm run bench:import -- [--papers 100000]'
const DATABASE = 'bench_import'

interface Run {
  seconds: number
  /** Megabytes of memory of the program at most. */
  memory: number
}

/** The options of Node with which npm starts a program. */
const SCRIPTS: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts
const optionsOf = (program: string): string[] => SCRIPTS[program]?.match(/--[\w-]+=\d+/g) ?? []

/** Runs one of our programs to its end. */
async function runProgram(url: string, args: readonly string[]): Promise<Run> {
  const started = performance.now()
  const child = spawn(process.execPath, [...optionsOf(args[0] as string), 'src/run.js', ...args], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let memory = 0
  const watching = setInterval(() => {
    memory = Math.max(memory, peakOf(child.pid))
  }, 100)
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ])
  clearInterval(watching)
  if (code !== 0) throw new OperatorError(`${args.join(' ')} failed: ${errors || output}`)
  say(output.trim().split('\n').at(-1) ?? '')
  return { seconds: (performance.now() - started) / 1_000, memory }
}

/** The largest resident size that a process has had, in megabytes. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function linesOf(papers: number): Promise<string> {
  await mkdir(BENCH_DIRECTORY, { recursive: true })
  const file = join(BENCH_DIRECTORY, `arxiv-kaggle-${papers}.json`)
  if (existsSync(file)) return file
  say(`generating ${papers} papers, which are kept for the next run`)
  await runProgram('', ['generate', '--papers', String(papers), '--as', 'arxiv-kaggle', `${file}.new`])
  await rename(`${file}.new`, file)
  return file
}

async function emptyDatabase(server: BenchPostgres): Promise<string> {
  const admin = postgres(server.url('postgres'), { max: 1, onnotice: () => {} })
  await admin.unsafe(`drop database if exists ${DATABASE} with (force)`)
  await admin.unsafe(`create database ${DATABASE}`)
  await admin.unsafe('checkpoint')
  await admin.end()
  const url = server.url(DATABASE)
  await migrateDatabase(url)
  return url
}

/** Copies the rows of `papers` into a bare table. */
async function copyPapers(url: string): Promise<number> {
  const file = join(BENCH_DIRECTORY, 'papers.copy')
  try {
    await psql(url, `\\copy papers to '${file}'`)
    await psql(url, 'create table bare as select * from papers limit 0')
    // Postgres reads it from memory, as an import reads its file.
    for await (const _ of createReadStream(file));
    const started = performance.now()
    await psql(url, `\\copy bare from '${file}'`)
    const seconds = (performance.now() - started) / 1_000
    await psql(url, 'drop table bare')
    return seconds
  } finally {
    await rm(file, { force: true })
  }
}

async function psql(url: string, command: string): Promise<void> {
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', command, url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [errors, code] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    }),
  ])
  if (code !== 0) throw new OperatorError(`psql failed: ${errors}`)
}

/** The rows of all tables that were inserted, updated or deleted so far, except the history of imports. */
async function rowsWritten(url: string): Promise<number> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  // Sessions report what they did when they end, at the latest after a second.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const [row] = await client`
    select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::float8 as rows
    from pg_stat_user_tables where relname <> 'import_runs'`
  await client.end()
  return row?.rows as number
}

async function compare(papers: number): Promise<void> {
  const file = await linesOf(papers)
  const server = await startPostgres(say)
  const results: string[][] = []
  const add = (what: string, { seconds, memory }: Run, bare: number) =>
    results.push([
      what,
      seconds.toFixed(1),
      whole(papers / seconds),
      (bare / seconds).toFixed(3),
      memory === 0 ? '' : whole(memory),
    ])
  try {
    const url = await emptyDatabase(server)
    const first = await runProgram(url, ['import', 'arxiv-kaggle', '--without-search', file])
    const bare = await copyPapers(url)
    const before = await rowsWritten(url)
    const again = await runProgram(url, ['import', 'arxiv-kaggle', '--without-search', file])
    const written = (await rowsWritten(url)) - before
    const index = await runProgram(url, ['index-search'])
    const together = await runProgram(await emptyDatabase(server), ['import', 'arxiv-kaggle', file])
    add('psql \\copy into a bare table', { seconds: bare, memory: 0 }, bare)
    add('import --without-search', first, bare)
    add('the same again', again, bare)
    add('index-search after it', index, bare)
    add('import', together, bare)
    process.stdout.write(
      `${papers} papers. Node ${process.versions.node}, Postgres ${server.version}, ${availableParallelism()} cores\n\n` +
        `${table(['', 'seconds', 'papers per second', 'of psql', 'MB at most'], results)}\n` +
        `The import of the same file again wrote ${written} rows and took ${(again.seconds / first.seconds).toFixed(2)} of the first.\n`,
    )
  } finally {
    await server.stop()
  }
}

try {
  helpIfRequested(USAGE)
  const { values } = parseArgs({ options: { papers: { type: 'string', default: '100000' } } })
  await compare(Number(values.papers))
} catch (error) {
  fail(error)
}
