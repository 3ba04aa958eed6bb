import { OperatorError } from '../values/errors.ts'

/** Where a connection string leads, and as whom. Null for what it leaves out. */
export interface ConnectionString {
  /** Tried in order. Empty if there is a socket, or if the string names no host. */
  hosts: { host: string; port: number }[]
  /** The path of a Unix socket. */
  socket: string | null
  user: string | null
  password: string | null
  database: string | null
  tls: Tls
  /** In seconds; 0 for no limit. */
  connectTimeout: number | null
  applicationName: string | null
  /** Command-line options of the server, such as `-c work_mem=64MB`. */
  options: string | null
  /** Which of several hosts is wanted, such as `read-write`. */
  targetSession: string | null
  settings: SettingsSent
  /** The names of parameters that mean nothing here, without their values, for a line in the log. */
  ignored: string[]
}

/**
 * How the settings of a session are sent: with the request for the connection, by its first statement, or not at all. `reach` in
 * `pooler.ts` finds out what a connection pooler lets through, and adds it to the connection string as a parameter.
 */
export type SettingsSent = (typeof SETTINGS_SENT)[number]
const SETTINGS_SENT = ['at-start', 'by-statement', 'never'] as const
const SETTINGS_PARAMETER = 'session_settings'

/** The connection string with another way to send the settings. */
export const withSettingsSent = (url: string, sent: SettingsSent): string =>
  `${url.trim()}${url.includes('?') ? '&' : '?'}${SETTINGS_PARAMETER}=${sent}`

/** Whether a connection is encrypted, and how the certificate of the server is checked. The files are paths. */
export interface Tls {
  mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** Begins with TLS instead of asking for it first. */
  direct: boolean
  rootCertificates: string | null
  certificate: string | null
  key: string | null
  passphrase: string | null
}

const DEFAULT_PORT = 5432
/** The migrations create all tables in this schema. */
const SCHEMA = 'public'

const ENCODE =
  'Write special characters of a user name or password in percent-encoding: / is %2F, ? %3F, # %23, @ %40, : %3A and % %25.'

/** The values of `sslmode` in libpq, and those of `ssl` and `sslmode` in other drivers. */
const TLS_MODES: Readonly<Record<string, Tls['mode']>> = {
  disable: 'disable',
  // libpq tries it without TLS first.
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  // From node-postgres.
  'no-verify': 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
  false: 'disable',
  true: 'verify-full',
}

const TARGET_SESSIONS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby']

/**
 * Reads a connection string as libpq does, with what hosts and other drivers add to it. The driver's own reader takes
 * parameters that it does not know for settings of the session, which Postgres refuses, and cannot read sockets.
 *
 * Errors contain no value: if a password is not encoded, any part of the string may belong to it.
 *
 * @throws OperatorError if it cannot be read
 */
export function readConnectionString(text: string): ConnectionString {
  const parts = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text.trim())
  if (!parts) throw wrong('it must look like postgres://user:password@host:5432/database.')
  const [, identity = '', authority = '', path = '', query = ''] = parts
  if (/[/@]/.test(path)) throw wrong(`the name of the database contains / or @. ${ENCODE}`)
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(identity) ?? []

  const parameters = new Map(new URLSearchParams(query))
  const take = (name: string): string | null => {
    const value = parameters.get(name)
    parameters.delete(name)
    return value === undefined || value === '' ? null : value
  }
  for (const name of ['schema', 'currentSchema', 'search_path']) checkSchema(take(name))
  const host = take('host') ?? (authority === '' ? take('hostaddr') : null)
  return {
    ...readHosts(
      host === null ? hostsOf(authority) : host.split(',').map((each) => ({ host: each, port: '' })),
      take('port'),
    ),
    user: take('user') ?? decoded(user),
    password: take('password') ?? decoded(password),
    database: take('dbname') ?? decoded(path),
    tls: readTls(take),
    connectTimeout: readSeconds('connect_timeout', take('connect_timeout')),
    applicationName: take('application_name'),
    options: take('options'),
    targetSession: readTargetSession(take('target_session_attrs')),
    settings: readSettingsSent(take(SETTINGS_PARAMETER)),
    ignored: [...parameters.keys()].map((name) =>
      /^[a-z]\w{0,40}$/i.test(name) ? name : 'a parameter without a plain name',
    ),
  }
}

interface HostText {
  host: string
  /** Empty if none is given. */
  port: string
}

/** The hosts between `//` and the next `/`: names, addresses, IPv6 addresses in brackets, encoded paths of sockets. */
function hostsOf(authority: string): HostText[] {
  if (authority === '') return []
  return authority.split(',').map((text) => {
    const found = /^(?:\[([^\]]*)\]|(%2f.*?|[^:]*))(?::(\d*))?$/i.exec(text)
    if (!found) throw wrong(`its port is not a number. ${ENCODE}`)
    const [, bracketed, plain = '', port = ''] = found
    return { host: bracketed ?? decoded(plain) ?? '', port }
  })
}

function readHosts(given: HostText[], ports: string | null): Pick<ConnectionString, 'hosts' | 'socket'> {
  const texts = given.length === 0 && ports !== null ? [{ host: '', port: '' }] : given
  const portOf = ports?.split(',') ?? []
  const hosts = texts.map(({ host, port }, place) => ({
    host: host || 'localhost',
    port: readPort(portOf[place] ?? portOf[0] ?? port),
  }))
  const socket = hosts.find(({ host }) => host.startsWith('/'))
  if (socket === undefined) return { hosts, socket: null }
  if (hosts.length > 1) throw wrong('it names several hosts, and one is a Unix socket. Keep one of them.')
  const isFile = socket.host.includes('/.s.PGSQL.')
  return { hosts: [], socket: isFile ? socket.host : `${socket.host.replace(/\/+$/, '')}/.s.PGSQL.${socket.port}` }
}

function readPort(text: string): number {
  const port = text === '' ? DEFAULT_PORT : Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw wrong('its port is not a number from 1 to 65535.')
}

function readSeconds(name: string, text: string | null): number | null {
  if (text === null || /^\d{1,6}$/.test(text)) return text === null ? null : Number(text)
  throw wrong(`${name} must be a whole number of seconds.`)
}

function readTargetSession(text: string | null): string | null {
  if (text !== null && !TARGET_SESSIONS.includes(text))
    throw wrong(`target_session_attrs must be one of ${TARGET_SESSIONS.join(', ')}.`)
  return text === 'any' ? null : text
}

function readSettingsSent(text: string | null): SettingsSent {
  const sent = SETTINGS_SENT.find((each) => each === (text ?? 'at-start'))
  if (sent === undefined) throw wrong(`${SETTINGS_PARAMETER} must be one of ${SETTINGS_SENT.join(', ')}.`)
  return sent
}

function readTls(take: (name: string) => string | null): Tls {
  const ssl = take('ssl')
  const given = take('sslmode') ?? ssl
  const roots = take('sslrootcert')
  // Who names the certificates to trust wants them to be checked.
  const mode = given === null ? (roots === null ? 'disable' : 'verify-full') : TLS_MODES[given]
  if (mode === undefined) throw wrong(`sslmode must be one of ${Object.keys(TLS_MODES).join(', ')}.`)
  const negotiation = take('sslnegotiation')
  if (negotiation !== null && negotiation !== 'direct' && negotiation !== 'postgres')
    throw wrong('sslnegotiation must be postgres or direct.')
  return {
    mode: mode === 'disable' || roots === null ? mode : withRoots(mode, roots),
    direct: negotiation === 'direct',
    rootCertificates: roots === 'system' ? null : roots,
    certificate: take('sslcert'),
    key: take('sslkey'),
    passphrase: take('sslpassword'),
  }
}

/** As in libpq: the certificates of the system are checked with the name, and `require` checks those that are named. */
const withRoots = (mode: Tls['mode'], roots: string): Tls['mode'] =>
  roots === 'system' ? 'verify-full' : mode === 'require' ? 'verify-ca' : mode

/** @throws OperatorError for a schema that does not contain the tables */
function checkSchema(given: string | null): void {
  if (given === null) return
  const schemas = given.split(',').map((name) => name.trim().replaceAll('"', ''))
  if (!schemas.includes(SCHEMA))
    throw wrong(
      `it names a schema other than ${SCHEMA}, which contains the tables of Daily Papers: use a database of its own.`,
    )
}

/** The text of a part in percent-encoding; null if it is empty. */
function decoded(part: string): string | null {
  try {
    return part === '' ? null : decodeURIComponent(part)
  } catch {
    throw wrong(`it contains a % that begins no percent-encoding. ${ENCODE}`)
  }
}

const wrong = (problem: string): OperatorError => new OperatorError(`DATABASE_URL cannot be used: ${problem}`)
