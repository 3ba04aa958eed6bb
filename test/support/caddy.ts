import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProxyProgram } from './proxy-program.ts'

/** As Debian installs it. */
const CADDY = '/usr/bin/caddy'

export const hasCaddy = existsSync(CADDY)

/**
 * Caddy in front of a server, without the certificates that it would ask for.
 *
 * @param config as the documentation has it, for a site of example.org and a server at port 4000 of this machine
 */
export async function startCaddy(server: string, config: string) {
  const directory = await mkdtemp(join(tmpdir(), 'daily-papers-caddy-'))
  return startProxyProgram({
    servers: [server],
    config,
    command: `exec env HOME=${directory} XDG_DATA_HOME=${directory} XDG_CONFIG_HOME=${directory} ${CADDY} run --config ${directory}/Caddyfile`,
    write: (port, filled) =>
      writeFile(
        join(directory, 'Caddyfile'),
        `{\n\tadmin off\n\tauto_https off\n}\n${filled.replace(/^(\S+\.)?example\.org/, `http://127.0.0.1:${port}`)}`,
      ),
    remove: () => rm(directory, { recursive: true, force: true }),
  })
}
