import { expect, test } from 'vitest'
import { type ConnectionString, readConnectionString, withSettingsSent } from '../../src/db/connection-string.ts'
import { OperatorError } from '../../src/values/errors.ts'

const EMPTY: ConnectionString = {
  hosts: [],
  socket: null,
  user: null,
  password: null,
  database: null,
  tls: { mode: 'disable', direct: false, rootCertificates: null, certificate: null, key: null, passphrase: null },
  connectTimeout: null,
  applicationName: null,
  options: null,
  targetSession: null,
  settings: 'at-start',
  ignored: [],
}
const tls = (values: Partial<ConnectionString['tls']>) => ({ ...EMPTY.tls, ...values })
const at = (host: string, port = 5432) => ({ hosts: [{ host, port }] })

test.each<[what: string, text: string, read: Partial<ConnectionString>]>([
  [
    'plain',
    'postgres://user:password@host:5433/database',
    { ...at('host', 5433), user: 'user', password: 'password', database: 'database' },
  ],
  [
    'Neon',
    'postgresql://alex:AbC123dEf@ep-cool-darkness-123456.us-east-2.aws.neon.tech/dbname?sslmode=require&channel_binding=require',
    {
      ...at('ep-cool-darkness-123456.us-east-2.aws.neon.tech'),
      user: 'alex',
      password: 'AbC123dEf',
      database: 'dbname',
      tls: tls({ mode: 'require' }),
      ignored: ['channel_binding'],
    },
  ],
  [
    'Neon, for clients without SNI',
    'postgresql://alex:pw@host/db?options=endpoint%3Dep-cool-darkness-123456&sslmode=verify-full',
    {
      ...at('host'),
      user: 'alex',
      password: 'pw',
      database: 'db',
      options: 'endpoint=ep-cool-darkness-123456',
      tls: tls({ mode: 'verify-full' }),
    },
  ],
  [
    'Supabase',
    'postgres://postgres.apbkobhfnmcqqzqeeqss:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1',
    {
      ...at('aws-0-us-east-1.pooler.supabase.com', 6543),
      user: 'postgres.apbkobhfnmcqqzqeeqss',
      password: 'pw',
      database: 'postgres',
      ignored: ['pgbouncer', 'connection_limit'],
    },
  ],
  [
    'Prisma',
    'postgresql://janedoe:mypassword@localhost:5432/mydb?schema=public&connect_timeout=10&pool_timeout=20&sslaccept=strict',
    {
      ...at('localhost'),
      user: 'janedoe',
      password: 'mypassword',
      database: 'mydb',
      connectTimeout: 10,
      ignored: ['pool_timeout', 'sslaccept'],
    },
  ],
  [
    'Prisma on Cloud SQL',
    'postgresql://me:pw@localhost/db?host=/cloudsql/project:region:instance',
    { socket: '/cloudsql/project:region:instance/.s.PGSQL.5432', user: 'me', password: 'pw', database: 'db' },
  ],
  [
    'RDS',
    'postgres://me:pw@mydb.123456789012.us-east-1.rds.amazonaws.com:5432/papers?sslmode=verify-full&sslrootcert=/certs/global-bundle.pem',
    {
      ...at('mydb.123456789012.us-east-1.rds.amazonaws.com'),
      user: 'me',
      password: 'pw',
      database: 'papers',
      tls: tls({ mode: 'verify-full', rootCertificates: '/certs/global-bundle.pem' }),
    },
  ],
  [
    'RDS without a mode',
    'postgres://me@h/papers?sslrootcert=/certs/global-bundle.pem',
    {
      ...at('h'),
      user: 'me',
      database: 'papers',
      tls: tls({ mode: 'verify-full', rootCertificates: '/certs/global-bundle.pem' }),
    },
  ],
  [
    'libpq: require with certificates to trust checks them',
    'postgres://h?sslmode=require&sslrootcert=ca.pem',
    { ...at('h'), tls: tls({ mode: 'verify-ca', rootCertificates: 'ca.pem' }) },
  ],
  ['libpq: the system trusts', 'postgres://h?sslrootcert=system', { ...at('h'), tls: tls({ mode: 'verify-full' }) }],
  [
    'libpq: a certificate of the client',
    'postgres://h?sslmode=verify-ca&sslcert=c.pem&sslkey=c.key&sslpassword=secret&sslnegotiation=direct',
    {
      ...at('h'),
      tls: tls({ mode: 'verify-ca', certificate: 'c.pem', key: 'c.key', passphrase: 'secret', direct: true }),
    },
  ],
  [
    'DigitalOcean',
    'postgresql://doadmin:pw@db-do-user-1-0.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require',
    {
      ...at('db-do-user-1-0.b.db.ondigitalocean.com', 25060),
      user: 'doadmin',
      password: 'pw',
      database: 'defaultdb',
      tls: tls({ mode: 'require' }),
    },
  ],
  [
    'Azure',
    'postgres://me%40server:p%40ss%2Fw%3Ard%25@server.postgres.database.azure.com/papers?ssl=true',
    {
      ...at('server.postgres.database.azure.com'),
      user: 'me@server',
      password: 'p@ss/w:rd%',
      database: 'papers',
      tls: tls({ mode: 'verify-full' }),
    },
  ],
  ['node-postgres', 'postgres://h/d?sslmode=no-verify', { ...at('h'), database: 'd', tls: tls({ mode: 'require' }) }],
  ['Fly', 'postgres://h.flycast:5432/d?sslmode=disable', { ...at('h.flycast'), database: 'd' }],
  [
    'a socket in the query',
    'postgres:///papers?host=/run/postgresql',
    { socket: '/run/postgresql/.s.PGSQL.5432', database: 'papers' },
  ],
  [
    'a socket in the query, with a user and a port',
    'postgres://me@/papers?host=/run/postgresql/&port=5433',
    { socket: '/run/postgresql/.s.PGSQL.5433', user: 'me', database: 'papers' },
  ],
  [
    'a socket in percent-encoding',
    'postgresql://me:pw@%2Frun%2Fpostgresql:5433/papers',
    { socket: '/run/postgresql/.s.PGSQL.5433', user: 'me', password: 'pw', database: 'papers' },
  ],
  [
    'a socket with colons in its path',
    'postgresql://%2Fcloudsql%2Fproject:region:instance/papers',
    { socket: '/cloudsql/project:region:instance/.s.PGSQL.5432', database: 'papers' },
  ],
  ['the file of a socket', 'postgres:///?host=/tmp/.s.PGSQL.5444', { socket: '/tmp/.s.PGSQL.5444' }],
  ['an IPv6 address', 'postgres://[2001:db8::1]:6000/d', { ...at('2001:db8::1', 6000), database: 'd' }],
  ['an IPv6 address in the query', 'postgres:///d?host=::1&port=6000', { ...at('::1', 6000), database: 'd' }],
  [
    'several hosts',
    'postgres://one:5433,two,[::1]:5435/d?target_session_attrs=primary',
    {
      hosts: [
        { host: 'one', port: 5433 },
        { host: 'two', port: 5432 },
        { host: '::1', port: 5435 },
      ],
      database: 'd',
      targetSession: 'primary',
    },
  ],
  [
    'several hosts in the query',
    'postgres:///d?host=one,two&port=5433&target_session_attrs=any',
    {
      hosts: [
        { host: 'one', port: 5433 },
        { host: 'two', port: 5433 },
      ],
      database: 'd',
    },
  ],
  [
    'an address beside a name',
    'postgres://h/d?hostaddr=10.0.0.7',
    { ...at('h'), database: 'd', ignored: ['hostaddr'] },
  ],
  ['an address alone', 'postgres:///d?hostaddr=10.0.0.7', { ...at('10.0.0.7'), database: 'd' }],
  ['only a port', 'postgres://:5433/d', { ...at('localhost', 5433), database: 'd' }],
  [
    'user, password and database in the query',
    'postgres://h?user=me&password=a%26b&dbname=my%20papers&application_name=mine',
    { ...at('h'), user: 'me', password: 'a&b', database: 'my papers', applicationName: 'mine' },
  ],
  [
    'a password with unencoded signs',
    'postgres://me:p@s:s#%25@h/d',
    { ...at('h'), user: 'me', password: 'p@s:s#%', database: 'd' },
  ],
  ['a line break at the end', 'postgres://h/d\n', { ...at('h'), database: 'd' }],
  [
    'JDBC',
    'postgres://h/d?currentSchema=public&prepareThreshold=0',
    { ...at('h'), database: 'd', ignored: ['prepareThreshold'] },
  ],
  [
    'settings of sessions',
    'postgres://h/d?statement_timeout=1&TimeZone=Asia/Tokyo',
    { ...at('h'), database: 'd', ignored: ['statement_timeout', 'TimeZone'] },
  ],
  ['empty values', 'postgres://h/d?sslmode=&schema=&connect_timeout=', { ...at('h'), database: 'd' }],
])('%s: %s', (_, text, read) => {
  expect(readConnectionString(text)).toEqual({ ...EMPTY, ...read })
})

test.each([
  ['mysql://me:hunter2@h/d', 'must look like postgres://'],
  ['postgres://me:hunter2/x@h/d', 'contains / or @'],
  ['postgres://me:12/hunter2@h/d', 'contains / or @'],
  ['postgres://me:hunter2?x@h/d', 'port is not a number'],
  ['postgres://me:hunter2%@h/d', 'begins no percent-encoding'],
  ['postgres://me:hunter2@h:70000/d', 'port is not a number from 1 to 65535'],
  ['postgres://me:hunter2@h/d?sslmode=hunter2', 'sslmode must be one of disable, allow'],
  ['postgres://me:hunter2@h/d?connect_timeout=hunter2', 'connect_timeout must be a whole number of seconds'],
  ['postgres://me:hunter2@h/d?target_session_attrs=hunter2', 'target_session_attrs must be one of any'],
  ['postgres://me:hunter2@h/d?sslnegotiation=hunter2', 'sslnegotiation must be postgres or direct'],
  ['postgres://me:hunter2@h/d?schema=hunter2', 'names a schema other than public'],
  ['postgres://me:hunter2@h,%2Frun/d', 'several hosts, and one is a Unix socket'],
])('%s is refused without a word of its values', (text, problem) => {
  let thrown: unknown
  try {
    readConnectionString(text)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(OperatorError)
  const { message } = thrown as Error
  expect(message).toContain(problem)
  expect(message).toMatch(/^DATABASE_URL cannot be used: /)
  expect(message).not.toContain('hunter2')
})

test('the names of ignored parameters are given, and what may be a part of a password is not', () => {
  expect(readConnectionString('postgres://me:1234?hunter2@h/d').ignored).toEqual(['a parameter without a plain name'])
})

test.each([
  'postgres://me:pw@host/d',
  'postgres://me:pw@host/d?sslmode=disable',
  'postgres://one:5433,two/d?application_name=a ',
  'postgres:///d?host=/run/postgresql\n',
])('another way to send the settings changes nothing else: %s', (text) => {
  const { settings, ...others } = readConnectionString(text)
  expect(settings).toBe('at-start')
  const changed = withSettingsSent(withSettingsSent(text, 'never'), 'by-statement')
  expect(readConnectionString(changed)).toEqual({ ...others, settings: 'by-statement' })
})
