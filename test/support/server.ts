import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { type Db, openDatabase } from '../../src/db/client.ts'
import { LOG_SERIALIZERS } from '../../src/db/log-serializers.ts'
import { DatabaseWatch } from '../../src/db/outage.ts'
import { WebSub } from '../../src/deliveries/websub.ts'
import type { IdentityProvider } from '../../src/http/auth/provider-token.ts'
import { authenticator } from '../../src/http/auth.ts'
import type { ServerParts } from '../../src/http/parts.ts'
import { RateLimits } from '../../src/http/rate-limits/rate-limits.ts'
import { feedFingerprint } from '../../src/http/routes/feeds.ts'
import { createHttpServer } from '../../src/http/server.ts'
import type { Images } from '../../src/images/images.ts'
import { listenToDatabase } from '../../src/live/events.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'
import { RelatedPapers } from '../../src/search/related.ts'
import type { EditionClock } from '../../src/values/editions.ts'
import { DEFAULT_QUOTAS, type Quotas } from '../../src/values/quotas.ts'
import { ORDINARY_SCOPES, type Scope } from '../../src/values/scopes.ts'
import { createAccessToken } from '../../src/writes/access-tokens.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { VoteWriter } from '../../src/writes/vote-writer.ts'
import { HALF_LIFE_HOURS } from './catalogue.ts'

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: tests read responses of any shape
  data?: any
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
}

export interface TestServer {
  /** `http://127.0.0.1:port` */
  url: string
  /** The log lines. */
  logged: Record<string, unknown>[]
  /** Posts an operation, with a token or anonymously, and returns the response. */
  ask(query: string, variables?: Record<string, unknown>, token?: string): Promise<Answer>
  /** A token of the user with this handle, who is created if missing. */
  tokenOf(handle: string, scopes?: readonly Scope[]): Promise<string>
  /** Gives the addresses in pages and feeds another base, that of a proxy. */
  servedAt(publicUrl: string): void
  close(): Promise<void>
}

export interface TestServerOptions {
  clock?: EditionClock
  identityProvider?: IdentityProvider | null
  /** Milliseconds that a fetch of the identity provider's keys may take. */
  keysTimeout?: number
  /** Milliseconds after which a subscriber that does not read is dropped. */
  patience?: number
  /** Size of the response cache. 0 by default, because many tests write to the database without announcing it. */
  cacheMegabytes?: number
  /** A pool for reads of whole lists; `db` by default. */
  counting?: Db
  /** The address of a WebSub hub. */
  hub?: string
  /** How much each client may do; without limits by default. */
  quotas?: Partial<Quotas>
  trustedProxies?: number
  metrics?: Metrics
  /** For how many seconds cached responses are sent while the database is away. The server then watches the database. */
  staleIfError?: number
  /** Whether webhooks may have addresses on this machine; true by default. */
  allowPrivateNetworks?: boolean
  logLevel?: 'info' | 'debug'
  /** Pictures from elsewhere; without them, there are placeholders. */
  images?: Images
  /** Which sites may show embedded lists in a frame. */
  frameAncestors?: string
}

export const UTC_CLOCK: EditionClock = { now: () => new Date(), timeZone: 'UTC', rollover: '00:00' }

/** The server that production runs, on a free port. */
export async function startServer(
  { db, url: databaseUrl }: { db: Db; url: string },
  {
    clock = UTC_CLOCK,
    identityProvider = null,
    keysTimeout,
    patience = 30_000,
    counting = db,
    cacheMegabytes = 0,
    frameAncestors = '*',
    hub,
    quotas,
    trustedProxies = 0,
    metrics,
    staleIfError,
    allowPrivateNetworks = true,
    logLevel = 'info',
    images,
  }: TestServerOptions = {},
): Promise<TestServer> {
  const logged: Record<string, unknown>[] = []
  const options = { level: logLevel, serializers: LOG_SERIALIZERS }
  const log = pino(options, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const live = await listenToDatabase(databaseUrl, log, { patience })
  const watch = staleIfError === undefined ? null : new DatabaseWatch(databaseUrl, log)
  let publicUrl = ''
  const hubDatabase = openDatabase(databaseUrl, { connections: 2, statementTimeout: 5_000 })
  const webSub =
    hub === undefined
      ? null
      : new WebSub({
          db: hubDatabase.db,
          address: hub,
          publicUrl: () => publicUrl,
          fingerprintOf: (path) => feedFingerprint(parts, path),
          log,
          every: 50,
        })
  const parts: ServerParts = {
    db,
    counting,
    log,
    clock,
    live,
    related: new RelatedPapers(),
    authenticate: authenticator(db, identityProvider, { log, now: clock.now, keysTimeout }),
    votes: new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: clock.now }),
    trending: { halfLifeHours: HALF_LIFE_HOURS },
    frameAncestors,
    allowPrivateNetworks,
    cacheMegabytes,
    trustedProxies,
    ...(watch && staleIfError !== undefined && { watch, staleIfError }),
    ...(metrics && { metrics }),
    ...(images && { images }),
    ...(quotas && {
      rateLimits: new RateLimits({ quotas: { ...DEFAULT_QUOTAS, ...quotas }, metrics, now: clock.now }),
    }),
    ...(webSub && { hub: webSub }),
    get publicUrl() {
      return publicUrl
    },
  }
  const server = createHttpServer(parts)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  publicUrl = url
  webSub?.start()
  return {
    url,
    logged,
    ask: async (query, variables, token) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query, variables }),
      })
      return (await response.json()) as Answer
    },
    tokenOf: async (handle, scopes = ORDINARY_SCOPES) => {
      const { user } = await userOfHandle(db, handle)
      return (await createAccessToken(db, user.id, scopes, 90)).token
    },
    servedAt: (address) => {
      publicUrl = address
    },
    close: async () => {
      watch?.close()
      await live.close()
      await webSub?.stop()
      await hubDatabase.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
