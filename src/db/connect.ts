import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import { messageOf, OperatorError } from '../values/errors.ts'
import { readConnectionString, type Tls } from './connection-string.ts'
import { SESSION_SETTINGS } from './session.ts'

export type Client = postgres.Sql

export interface ClientOptions {
  /** The largest number of connections. */
  connections: number
  /** Milliseconds after which Postgres cancels a statement; 0 for no limit. */
  statementTimeout: number
  /** How the sessions are called in `pg_stat_activity`, unless the connection string says so. */
  name?: string
  /** Other options of the driver. */
  driver?: Omit<postgres.Options<Record<string, never>>, 'types'> & {
    onnotify?: (channel: string, payload: string) => void
    types?: Record<string, postgres.PostgresType>
  }
}

/**
 * Opens a pool of connections to the database of a connection string. Every connection of the project is opened here, so that
 * each has the settings that statements rely on. Nothing is sent before the first statement.
 *
 * @throws OperatorError if the connection string cannot be used
 */
export function connect(url: string, { connections, statementTimeout, name, driver }: ClientOptions): Client {
  const { hosts, socket, user, password, database, tls, ...read } = readConnectionString(url)
  // As text: the driver leaves out the number 0, and then the default of the database or role applies.
  const settings = { ...SESSION_SETTINGS, statement_timeout: String(statementTimeout) }
  const options = {
    onnotice: () => {},
    ...(hosts.length > 0 && { host: hosts.map(({ host }) => host), port: hosts.map(({ port }) => port) }),
    ...(socket !== null && { path: socket }),
    ...(user !== null && { user }),
    ...(password !== null && { password }),
    ...(database !== null && { database }),
    ...(read.connectTimeout !== null && { connect_timeout: read.connectTimeout }),
    ...(read.targetSession !== null && { target_session_attrs: read.targetSession }),
    // Sockets are not encrypted.
    ssl: socket === null && tlsOptions(tls, hosts[0]?.host),
    ...(tls.direct && { sslnegotiation: 'direct' }),
    max: connections,
    // In seconds, before a lost connection is opened again. By itself the driver waits for up to 20 s.
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 0.5),
    ...driver,
    connection: {
      ...(read.options !== null && { options: read.options }),
      ...(read.settings === 'at-start' && settings),
      application_name: name ?? read.applicationName ?? 'daily-papers',
    },
    ...(read.settings === 'by-statement' && { setup: setSettings(settings) }),
  }
  // Its types know one host, one port and numbers, and not `setup`, the first statement of every connection, which our patch adds.
  return postgres(options as unknown as postgres.Options<Record<string, never>>)
}

function setSettings(settings: Readonly<Record<string, string>>): string {
  const rows = Object.entries(settings).map(([name, value]) => `('${name}', '${value}')`)
  return `select set_config(name, value, false) from (values ${rows.join(', ')}) as setting (name, value)`
}

/** The driver's options of TLS. */
function tlsOptions(tls: Tls, host: string | undefined): 'prefer' | false | object {
  const { mode } = tls
  if (mode === 'disable') return false
  const files = {
    ...(tls.rootCertificates !== null && { ca: readFile('sslrootcert', tls.rootCertificates) }),
    ...(tls.certificate !== null && { cert: readFile('sslcert', tls.certificate) }),
    ...(tls.key !== null && { key: readFile('sslkey', tls.key) }),
    ...(tls.passphrase !== null && { passphrase: tls.passphrase }),
  }
  if (mode === 'prefer') return 'prefer'
  if (mode === 'require') return { ...files, rejectUnauthorized: false }
  // The driver gives names to compare with the certificate, and no addresses. A name takes precedence over this.
  if (mode === 'verify-full') return { ...files, host }
  return { ...files, checkServerIdentity: () => undefined }
}

function readFile(parameter: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new OperatorError(
      `DATABASE_URL cannot be used: the file of ${parameter} cannot be read (${messageOf(error)}).`,
    )
  }
}
