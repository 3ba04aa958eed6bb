import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { isOpen } from './is-open.ts'
import { Program } from './program.ts'

/** As Debian installs it. */
const NGINX = '/usr/sbin/nginx'

export const hasNginx = existsSync(NGINX)

/**
 * nginx in front of servers, with its defaults.
 *
 * @param upstream further lines of the `upstream` block
 * @param location further lines of the `location` block
 */
export async function startNginx(servers: string[], { upstream = '', location = '' } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'daily-papers-nginx-'))
  const port = await freePort()
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  )
  const config = `
    daemon off;
    pid ${directory}/pid;
    events {}
    http {
      access_log off;
      ${paths.join('\n')}
      upstream papers {
        ${servers.map((url) => `server ${new URL(url).host};`).join('\n')}
        ${upstream}
      }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://papers;
          ${location}
        }
      }
    }`
  await writeFile(join(directory, 'nginx.conf'), config)
  const program = new Program(`exec ${NGINX} -p ${directory} -c nginx.conf -e stderr`)
  for (let tries = 0; !(await isOpen(port)); tries += 1) {
    if (tries === 200) throw new Error(`nginx does not listen:\n${program.stderr}`)
    await setTimeout(25)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    program,
    stop: async () => {
      await program.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
