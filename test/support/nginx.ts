import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProxyProgram } from './proxy-program.ts'

/** As Debian installs it. */
const NGINX = '/usr/sbin/nginx'

export const hasNginx = existsSync(NGINX)

/** A configuration for nginx with nothing but its defaults. */
export const PLAIN = `
  upstream daily_papers { server 127.0.0.1:4000; }
  server {
    listen 80;
    location / { proxy_pass http://daily_papers; }
  }`

/**
 * nginx in front of servers.
 *
 * @param config as the documentation has it, for servers at ports 4000 and 4001 of this machine
 */
export async function startNginx(servers: string[], config: string) {
  const directory = await mkdtemp(join(tmpdir(), 'daily-papers-nginx-'))
  // Started by root, its workers are another user, who keeps long responses and the cache there.
  await chmod(directory, 0o755)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  )
  return startProxyProgram({
    servers,
    config,
    command: `exec ${NGINX} -p ${directory} -c nginx.conf -e stderr`,
    write: (port, filled) =>
      writeFile(
        join(directory, 'nginx.conf'),
        `daemon off;
        pid ${directory}/pid;
        events {}
        http {
          access_log off;
          ${paths.join('\n')}
          ${filled.replaceAll('listen 80;', `listen 127.0.0.1:${port};`).replaceAll('/var/cache/nginx', directory)}
        }`,
      ),
    remove: () => rm(directory, { recursive: true, force: true }),
  })
}
