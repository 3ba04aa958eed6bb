import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join, parse } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../../values/errors.ts'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError } from './error.ts'
import { otherMajor } from './other-major.ts'
import { canEnter, exists, usableCacheDir } from './places.ts'
import { isRoot, type User, unprivilegedUser } from './processes.ts'

const run = promisify(execFile)

/** The name of the cluster's superuser, and of the database in it. */
export const NAME = 'daily_papers'

/** The real path of the cluster that `<dataDir>/postgres` is or links to; undefined before the first start. */
export async function findCluster(dataDir: string): Promise<string | undefined> {
  const path = join(dataDir, 'postgres')
  if (!(await exists(path))) return undefined
  const cluster = await realpath(path).catch((error) => {
    throw new EmbeddedPostgresError(
      `The database that ${path} links to is gone: bring it back, or remove the link to begin with an empty one.`,
      { cause: error },
    )
  })
  if (await exists(join(cluster, 'PG_VERSION'))) return cluster
  // An empty folder, such as a mount point, is where the operator wants the database: the cluster is created there.
  await rmdir(cluster).catch((error) => {
    throw new EmbeddedPostgresError(
      `${path} is not the data directory of a Postgres (${messageOf(error)}): move it away, or set DATA_DIR.`,
      { cause: error },
    )
  })
  await rm(path, { force: true })
}

/** The user that runs Postgres. Postgres refuses to run as root, so root runs it as another user. */
export async function userFor(cluster: string | undefined): Promise<User> {
  if (!isRoot()) return undefined
  const owner = cluster === undefined ? undefined : await stat(cluster)
  // A cluster that another user created keeps its owner.
  return owner === undefined || owner.uid === 0 ? unprivilegedUser() : { uid: owner.uid, gid: owner.gid }
}

/** Checks that the cluster has the right major version and that `user` can enter its folder. Gives a cluster of root to `user`. */
export async function checkCluster(
  cluster: string,
  { dataDir, binaries, user }: { dataDir: string; binaries: Binaries; user: User },
): Promise<void> {
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  if (version !== binaries.major) throw otherMajor(dataDir, version, binaries.major)
  if (user === undefined) return
  if (!(await canEnter(dirname(cluster), user))) {
    throw new EmbeddedPostgresError(
      `Postgres would run as user ${user.uid}, who cannot enter ${dirname(cluster)}: \
give that folder and those above it permission to be entered (chmod a+x), or set DATA_DIR to another folder.`,
    )
  }
  if ((await stat(cluster)).uid === 0) await giveTo(cluster, user)
}

async function giveTo(root: string, { uid, gid }: NonNullable<User>): Promise<void> {
  await lchown(root, uid, gid)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), uid, gid)
  }
}

/** The password of the superuser. */
export async function readPassword(dataDir: string): Promise<string> {
  const path = passwordFile(dataDir)
  const password = await readFile(path, 'utf8').catch((error) => {
    throw new EmbeddedPostgresError(
      `The password of the database cannot be read (${messageOf(error)}): bring ${path} back, \
or move ${join(dataDir, 'postgres')} away to begin with an empty database.`,
      { cause: error },
    )
  })
  return password.trim()
}

function passwordFile(dataDir: string): string {
  return join(dataDir, 'postgres.password')
}

/** Creates the cluster and its password. Returns the real path of the cluster. */
export async function createCluster(options: {
  dataDir: string
  binaries: Binaries
  user: User
  cacheDirs: string[]
  sync: boolean
  say: (line: string) => void
}): Promise<string> {
  const { dataDir, user, say } = options
  const path = join(dataDir, 'postgres')
  const target = (await canEnter(dataDir, user)) ? path : await placeElsewhere(dataDir, options.cacheDirs, user)

  const password = randomBytes(24).toString('base64url')
  await writeFile(`${passwordFile(dataDir)}.new`, `${password}\n`, { mode: 0o600, flush: true })
  await rename(`${passwordFile(dataDir)}.new`, passwordFile(dataDir))

  // Created under a temporary name and renamed, so that a killed start leaves no incomplete cluster. Its leftovers are
  // removed here. The name is different each time, because the initdb of a killed start may still be writing.
  for (const name of await readdir(dirname(target))) {
    if (name.startsWith(`${basename(target)}.new-`)) {
      await rm(join(dirname(target), name), { recursive: true, force: true }).catch(() => {})
    }
  }
  const draft = await mkdtemp(`${target}.new-`)
  try {
    await initialise(draft, password, options)
    await rename(join(draft, 'cluster'), target)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  if (target !== path) {
    await symlink(target, path)
    say(`the database is in ${target}, because user ${user?.uid}, who runs Postgres, cannot enter ${dataDir}`)
  }
  return realpath(path)
}

async function initialise(
  draft: string,
  password: string,
  { binaries, user, sync }: { binaries: Binaries; user: User; sync: boolean },
): Promise<void> {
  // A temporary password file, because the user that runs Postgres must not read the permanent one.
  const pwfile = join(draft, 'password')
  await writeFile(pwfile, `${password}\n`, { mode: 0o600 })
  if (user) for (const path of [draft, pwfile]) await chown(path, user.uid, user.gid)
  const args = [
    ...['-D', join(draft, 'cluster'), '--username', NAME, '--pwfile', pwfile, '--auth', 'scram-sha-256'],
    // The builtin collation sorts the same on every system, and an upgrade of a system library does not change it.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    // More iterations protect passwords that people choose. This one is 192 random bits, and they cost each new connection 3 ms.
    ...['--set', 'scram_iterations=1'],
    ...(sync ? [] : ['--no-sync']),
  ]
  const options = { ...user, cwd: parse(draft).root, env: { LC_ALL: 'C' } }
  await run(binaries.initdb, args, options).catch((error: { stderr?: string }) => {
    const said = error.stderr?.trim() || messageOf(error)
    const [, uid] = /could not look up effective user ID (\d+)/.exec(said) ?? []
    if (uid !== undefined)
      throw new EmbeddedPostgresError(
        `Postgres cannot make a database as user ${uid}, who has no entry in /etc/passwd: add one, such as \
papers:x:${uid}:${uid}::/:/bin/false (in a container, while its image is built), start as a user who has one, or set \
DATABASE_URL to a Postgres of your own.`,
        { cause: error },
      )
    throw new EmbeddedPostgresError(`initdb could not make the database for ${dirname(draft)}:\n${said}`, {
      cause: error,
    })
  })
}

/** An unused path under a cache folder: the same for the same `dataDir`, unless an earlier database is there. */
async function placeElsewhere(dataDir: string, cacheDirs: string[], user: User): Promise<string> {
  const clusters = join(await usableCacheDir(cacheDirs, user), 'clusters')
  if (await mkdir(clusters, { recursive: true })) await chmod(clusters, 0o755)
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  for (let count = 1; ; count++) {
    const place = join(clusters, count === 1 ? name : `${name}-${count}`)
    if (!(await exists(place))) return place
  }
}
