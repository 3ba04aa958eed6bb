import type { Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Logger, pino } from 'pino'
import { type Db, openDatabase } from '../db/client.ts'
import { openForStart } from '../db/lock-waits.ts'
import { LOG_SERIALIZERS } from '../db/log-serializers.ts'
import { VERSION } from '../db/migrate.ts'
import { DatabaseWatch } from '../db/outage.ts'
import { type RunningDatabase, startDatabase } from '../db/start.ts'
import { WebSub } from '../deliveries/websub.ts'
import { createFetcher } from '../fetching/fetcher.ts'
import { userAgent } from '../fetching/user-agent.ts'
import { authenticator } from '../http/auth.ts'
import { queryRunner } from '../http/graphql/run-own-query.ts'
import { logUnhandledRejections } from '../http/graphql/unhandled-rejections.ts'
import { createMetricsServer } from '../http/metrics-server.ts'
import type { ServerParts } from '../http/parts.ts'
import { RateLimits } from '../http/rate-limits/rate-limits.ts'
import { feedFingerprint } from '../http/routes/feeds.ts'
import { createHttpServer } from '../http/server.ts'
import { gracefulStop } from '../http/stop.ts'
import { Images } from '../images/images.ts'
import { isCatalogueEmpty, loadSample } from '../ingest/sample.ts'
import { listenToDatabase } from '../live/events.ts'
import { MERGED_FROM, mergeRecent } from '../search/index/merge.ts'
import { catchUpIndex } from '../search/index/rebuild.ts'
import { RelatedPapers } from '../search/related.ts'
import { readSettings, type Settings, withoutSecrets } from '../settings.ts'
import { countRemainingAuthors } from '../writes/author-counts.ts'
import { recomputeAllScores } from '../writes/trending-scores.ts'
import { VoteWriter } from '../writes/vote-writer.ts'
import { refuseArguments, say } from './console.ts'
import { addressOf, LOOPBACK, listen } from './listen.ts'
import { runProgram } from './run-program.ts'
import { DELIVERY_CONNECTIONS, startDeliveries } from './scheduled-deliveries.ts'
import { SCHEDULED_SYNC_CONNECTIONS, type Syncs, startSyncs } from './scheduled-syncs.ts'
import { startWebhooks, WEBHOOK_CONNECTIONS } from './scheduled-webhooks.ts'
import { measureDeliveries, measureJobs, measureSources } from './source-metrics.ts'
import { handleStopSignals } from './stop-signals.ts'
import { editionClockOf } from './sync-parts.ts'

// `npm start`: the database, its tables, the sample catalogue on a first start, then the HTTP server until SIGTERM or
// SIGINT. Messages for people go to stderr; the log is JSON on stdout.

const USAGE = 'Usage: npm start   starts the server; its settings are environment variables, listed in README.md'

/** postgres.js pipelines statements; more connections were slower. */
const CONNECTIONS = 3
/** For counts and facets, which read whole lists, so that pages do not wait for them. */
const COUNTING_CONNECTIONS = 2
const STATEMENT_TIMEOUT = 5_000
/** For the search index, while it is brought up to date. */
const INDEXING_CONNECTIONS = 3
/** For the WebSub hub: one holds the lock. */
const HUB_CONNECTIONS = 2
/** One looks whether the database is there, and one listens to it. */
const OTHER_CONNECTIONS = 2
/** The batch size of the search index; requests wait a little for a batch. */
const INDEXED_AT_ONCE = 1_000
/** In milliseconds: how often the progress of the search index is printed. */
const LINE_EVERY = 10_000
/** In milliseconds: how often recent papers are merged into the packed lists, if there are many. */
const MERGE_EVERY = 60_000
/** In milliseconds: how long a shutdown waits for the current batch of the search index. */
const INDEX_GRACE = 500

async function serve(settings: Settings): Promise<void> {
  const destination = pino.destination()
  const log = pino({ level: settings.logLevel, serializers: LOG_SERIALIZERS }, destination)
  const whenStarted = handleStopSignals(log, destination)
  logUnhandledRejections(log)
  const running = await startDatabase(settings, say, {
    use: 'serves',
    connections:
      CONNECTIONS +
      COUNTING_CONNECTIONS +
      INDEXING_CONNECTIONS +
      OTHER_CONNECTIONS +
      DELIVERY_CONNECTIONS +
      (settings.webSubHub === null ? 0 : HUB_CONNECTIONS) +
      WEBHOOK_CONNECTIONS +
      (settings.sync.length > 0 ? SCHEDULED_SYNC_CONNECTIONS : 0),
  })
  log.info({ version: VERSION, node: process.version, settings: withoutSecrets(settings) }, 'settings')
  if (running.migrated.length > 0) log.info({ migrations: running.migrated }, 'migrated')
  // Loaded only here, because prom-client has ninety modules.
  const { Metrics } = settings.metricsPort === null ? {} : await import('../metrics/metrics.ts')
  const metrics = Metrics && new Metrics()
  const pool = {
    statementTimeout: STATEMENT_TIMEOUT,
    ...(metrics && { logger: { logQuery: () => metrics.statement() } }),
  }
  const { db, close } = openDatabase(running.url, { ...pool, connections: CONNECTIONS })
  const counting = openDatabase(running.url, { ...pool, connections: COUNTING_CONNECTIONS })
  const watch = new DatabaseWatch(running.url, log)
  let live: Awaited<ReturnType<typeof listenToDatabase>> | undefined
  let indexing: { stop(): Promise<void> } | undefined
  let metricsServer: Server | undefined
  let syncs: Syncs | null = null
  let deliveries: ReturnType<typeof startDeliveries> | undefined
  let images: Images | undefined
  let hub: ReturnType<typeof openHub> | undefined
  let webhooks: ReturnType<typeof startWebhooks> | undefined
  const stopDatabase = async () => {
    watch.close()
    images?.close()
    metricsServer?.close()
    metricsServer?.closeAllConnections()
    await live?.close()
    // They read papers by the pool that is closed next.
    await Promise.all([hub?.stop(), webhooks?.stop()])
    await Promise.all([close(), counting.close(), indexing?.stop(), syncs?.stop(), deliveries?.stop()])
    await running.stop()
  }
  try {
    await prepareCatalogue(running, settings)
    const clock = editionClockOf(settings)
    syncs = await startSyncs(running.url, settings, log)
    live = await listenToDatabase(running.url, log)
    const { trendingHalfLifeHours: halfLifeHours, identityProvider } = settings
    // Known once the server listens; read for each request.
    let address = ''
    const stopping = new AbortController()
    images = new Images({
      fetcher: createFetcher({ ...settings, userAgent: userAgent(settings.publicUrl) }),
      log,
      directory: join(settings.dataDir, 'images'),
      megabytes: settings.imagesMegabytes,
    })
    hub =
      settings.webSubHub === null ? undefined : openHub(running.url, settings.webSubHub, { parts: () => parts, log })
    const parts: ServerParts = {
      db,
      counting: counting.db,
      log,
      clock,
      live,
      related: new RelatedPapers(),
      authenticate: authenticator(db, identityProvider, { log, now: clock.now }),
      votes: new VoteWriter(db, { halfLifeHours, now: clock.now }),
      trending: { halfLifeHours },
      frameAncestors: settings.embedFrameAncestors,
      ...(hub && { hub: hub.webSub }),
      allowPrivateNetworks: settings.allowPrivateNetworks,
      images,
      cacheMegabytes: settings.cacheMegabytes,
      trustedProxies: settings.trustProxy,
      watch,
      staleIfError: settings.staleIfError,
      ...(metrics && { metrics }),
      ...(settings.rateLimit === null
        ? {}
        : {
            rateLimits: new RateLimits({
              quotas: settings.rateLimit,
              metrics,
              now: clock.now,
            }),
          }),
      stopping: stopping.signal,
      get publicUrl() {
        return settings.publicUrl ?? address
      },
    }
    const server: Server = createHttpServer(parts)
    const delay = settings.stopDelaySeconds * 1_000
    const stopServer = gracefulStop(server, { stopping, delay, endStreams: live.close })
    if (metrics && settings.metricsPort !== null) {
      measureSources(metrics, counting.db)
      measureDeliveries(metrics, counting.db)
      if (syncs) measureJobs(metrics, syncs)
      metricsServer = createMetricsServer(metrics, log)
      await listen(metricsServer, { host: settings.host, port: settings.metricsPort }, 'METRICS_PORT')
      log.info({ address: `${addressOf(metricsServer, settings.host)}/metrics` }, 'metrics')
    }
    await listen(server, settings)
    address = addressOf(server, settings.host)
    log.info({ address }, 'listening')
    // Mails name the address, which is known only now.
    deliveries = startDeliveries(running.url, settings, {
      runQuery: queryRunner(parts),
      publicUrl: () => parts.publicUrl,
      log,
    })
    hub?.webSub.start()
    webhooks = startWebhooks(running.url, settings, { runQuery: queryRunner(parts), log })
    say(`Daily Papers is at ${address}/graphql`)
    if (settings.host in LOOPBACK && settings.publicUrl === null)
      say(`Its feeds and pages give ${address} as their address: set PUBLIC_URL to the one that others know it by.`)
    indexing = keepIndex(running, log)
    whenStarted(async () => {
      await stopServer()
      await stopDatabase()
    })
  } catch (error) {
    const explained = await running.explain(error)
    await stopDatabase()
    throw explained
  }
}

/** The WebSub hub, to be started once the address of this server is known. */
function openHub(url: string, address: string, { parts, log }: { parts: () => ServerParts; log: Logger }) {
  const { db, close } = openDatabase(url, {
    connections: HUB_CONNECTIONS,
    statementTimeout: 60_000,
    name: 'daily-papers websub',
  })
  const webSub = new WebSub({
    db,
    address,
    publicUrl: () => parts().publicUrl,
    fingerprintOf: (path) => feedFingerprint(parts(), path),
    log,
  })
  return {
    webSub,
    stop: async () => {
      await webSub.stop()
      await close()
    },
  }
}

/** Without a statement timeout: computing the scores of a large catalogue takes longer than a request may. */
async function prepareCatalogue(running: RunningDatabase, settings: Settings): Promise<void> {
  const { db, close } = openForStart(running.url, { say })
  try {
    const { trendingHalfLifeHours: halfLifeHours } = settings
    if (await recomputeAllScores(db, halfLifeHours)) say(`Trending scores now have a half-life of ${halfLifeHours} h.`)
    if (settings.sample) {
      const papers = await loadSample(db, { now: new Date(), halfLifeHours })
      if (papers > 0) say(`The catalogue was empty: ${papers} sample papers are in it now.`)
    } else if (settings.sync.length === 0 && (await isCatalogueEmpty(db)))
      say('The catalogue is empty: `npm run import` fills it, or a start with SAMPLE=true loads the sample papers.')
  } finally {
    await close()
  }
}

/**
 * Counts authors that a killed import left, and indexes missing papers, while requests are served, which see the index as it
 * is; then merges recent papers into the packed lists of the index from time to time. Failures are only logged.
 */
function keepIndex({ url }: RunningDatabase, log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { db, close } = openDatabase(url, { connections: INDEXING_CONNECTIONS, statementTimeout: 0 })
  const number = (papers: number) => papers.toLocaleString('en')
  let last = Date.now()
  const sometimes = (line: (done: number, of: number) => string) => (done: number, of: number) => {
    if (Date.now() - last < LINE_EVERY) return
    last = Date.now()
    say(line(done, of))
  }
  const { signal } = stopping
  const working = countRemainingAuthors(db, {
    signal,
    onProgress: sometimes(
      (done, of) => `Authors of an import that was killed: ${number(done)} of ${number(of)} counted`,
    ),
  })
    .catch((error) => signal.aborted || log.error({ err: error }, 'authors not counted'))
    .then(() =>
      catchUpIndex(db, {
        signal,
        batch: INDEXED_AT_ONCE,
        onBegin: (papers) => say(`The search index is brought up to date: ${number(papers)} papers`),
        onProgress: sometimes((done, of) => `The search index: ${number(done)} of ${number(of)} papers`),
      }),
    )
    .then((papers) => papers !== null && say('The search index is up to date.'))
    .catch((error) => signal.aborted || log.error({ err: error }, 'search index not up to date'))
    .then(() => mergeRegularly(db, signal, log))
    .finally(() => close())
  return {
    stop: async () => {
      stopping.abort()
      await Promise.race([working, setTimeout(INDEX_GRACE)])
      // Cancels a statement that does not end, without waiting for its transaction: the database may be gone.
      await close(INDEX_GRACE / 1_000)
    },
  }
}

async function mergeRegularly(db: Db, signal: AbortSignal, log: Logger): Promise<void> {
  while (!signal.aborted) {
    await setTimeout(MERGE_EVERY, undefined, { signal, ref: false }).catch(() => {})
    if (signal.aborted) return
    await mergeRecent(db, { least: MERGED_FROM, signal }).catch(
      (error) => signal.aborted || log.error({ err: error }, 'recent papers not merged into the search index'),
    )
  }
}

await runProgram({
  usage: USAGE,
  run: () => {
    refuseArguments(USAGE)
    return serve(readSettings(process.env))
  },
})
