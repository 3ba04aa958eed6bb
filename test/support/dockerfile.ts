import { execFile } from 'node:child_process'
import { chmod, cp, link, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './program.ts'

const run = promisify(execFile)

const NOBODY = 65_534

export interface Image {
  /** The directory that stands for the root of the image. */
  root: string
  /** The command line that starts a command in it, as its user, with its environment and in its working directory. */
  commandOf(args: string[], env?: Record<string, string>): string
  entrypoint: string[]
  command: string[]
  healthcheck: string[]
}

interface Stage {
  root: string
  workdir: string
  env: Record<string, string>
  isUser: boolean
}

/** Follows the instructions of the Dockerfile in plain directories, where no engine can build it. The user node is nobody, or who runs this. */
export async function buildImage(directory: string, { isInstalling }: { isInstalling: boolean }): Promise<Image> {
  const text = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
  const ignored = await readFile(join(ROOT, '.dockerignore'), 'utf8')
  const context = [...ignored.matchAll(/^!(.+)$/gm)].map(([, name]) => name as string)
  const isRoot = process.getuid?.() === 0
  // Only root can give files to another user.
  const owner = isRoot ? `${NOBODY}:${NOBODY}` : `${process.getuid?.()}:${process.getgid?.()}`
  // The Node of the image.
  const bin = join(directory, 'bin')
  await mkdir(bin)
  await chmod(directory, 0o755)
  await link(process.execPath, join(bin, 'node')).catch(() => cp(process.execPath, join(bin, 'node')))

  const stages = new Map<string, Stage>()
  const image: Pick<Image, 'entrypoint' | 'command' | 'healthcheck'> = { entrypoint: [], command: [], healthcheck: [] }
  let stage = {} as Stage
  const pathIn = ({ root, workdir }: Stage, path: string) => join(root, path.startsWith('/') ? '' : workdir, path)
  /** Absolute paths of the image, and its user. */
  const here = (words: string, { root } = stage) =>
    words.replace(/(?<![\w.:])\/(app|data)\b/g, `${root}/$1`).replaceAll('node:node', owner)
  const commandOf = ({ isUser, env, ...of }: Stage, args: string[], more: Record<string, string> = {}) => {
    const all = { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, HOME: of.root, ...env, ...more }
    const variables = Object.entries(all).map(([name, value]) => quoted(`${name}=${here(value, { ...stage, ...of })}`))
    const user = isUser && isRoot ? `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups ` : ''
    return `cd ${quoted(join(of.root, of.workdir))} && exec ${user}env -i ${variables.join(' ')} ${args.map(quoted).join(' ')}`
  }

  for (const [, name = '', rest = ''] of text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .matchAll(/^([A-Z]+) +(.+)$/gm)) {
    const words = rest.trim().split(/ +/)
    switch (name) {
      case 'FROM': {
        const root = join(directory, words[2] ?? 'image')
        await mkdir(root)
        stage = { root, workdir: '/', env: {}, isUser: false }
        stages.set(words[2] ?? 'image', stage)
        break
      }
      case 'ENV':
        for (const word of words) stage.env[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1)
        break
      case 'WORKDIR':
        stage.workdir = rest
        await mkdir(join(stage.root, rest), { recursive: true })
        break
      case 'COPY': {
        const from = words[0]?.startsWith('--from=')
          ? stages.get((words.shift() as string).slice('--from='.length))
          : null
        const to = pathIn(stage, words.pop() as string)
        for (const source of words) {
          if (!from && !context.includes(source.split('/')[0] as string))
            throw new Error(`.dockerignore leaves out ${source}, which the Dockerfile copies.`)
          const target = words.length > 1 || to.endsWith('/') ? join(to, source) : to
          await mkdir(dirname(target), { recursive: true })
          // Between stages, links are as good as copies.
          await run('cp', from ? ['-al', pathIn(from, source), target] : ['-a', join(ROOT, source), target])
        }
        break
      }
      case 'RUN': {
        // Links to the packages that are installed here are enough to try the rest.
        const packages = quoted(join(ROOT, 'node_modules'))
        const command = isInstalling
          ? rest
          : rest.replace(
              'npm ci --omit=dev',
              `(cp -al ${packages} . 2>/dev/null || (rm -rf node_modules && cp -a ${packages} .)) && rm -rf node_modules/.cache`,
            )
        const options = { maxBuffer: 1 << 26 }
        if (stage.isUser) await run('sh', ['-c', commandOf(stage, ['sh', '-c', here(command)])], options)
        // With the configuration of npm on this machine.
        else await run('sh', ['-c', here(command)], { ...options, cwd: join(stage.root, stage.workdir) })
        break
      }
      case 'USER':
        stage.isUser = true
        break
      case 'HEALTHCHECK':
        image.healthcheck = JSON.parse(rest.slice(rest.indexOf('[')))
        break
      case 'ENTRYPOINT':
        image.entrypoint = JSON.parse(rest)
        break
      case 'CMD':
        image.command = JSON.parse(rest)
        break
      case 'VOLUME':
      case 'EXPOSE':
        break
      default:
        throw new Error(`The instruction ${name} of the Dockerfile is not followed here.`)
    }
  }
  const last = stage
  return { ...image, root: last.root, commandOf: (args, env) => commandOf(last, args, env) }
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
