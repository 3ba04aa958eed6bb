import { resolve } from 'node:path'
import { z } from 'zod'
import { OperatorError } from './values/errors.ts'
import { DEFAULT_QUOTAS, QUOTA_NAMES, type Quotas } from './values/quotas.ts'
import { readSyncSources, type SyncSource } from './values/sync-sources.ts'

const flag = (name: string) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0'], `${name} must be true or false.`))
    .transform((value) => value === 'true' || value === '1')

const number = (name: string, from: number, to: number, whole: boolean) =>
  z
    .string()
    .transform(Number)
    .refine(
      (value) => value >= from && value <= to && (!whole || Number.isInteger(value)),
      `${name} must be a ${whole ? 'whole ' : ''}number from ${from} to ${to}.`,
    )

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

const webAddress = (name: string) =>
  z.url({ protocol: /^https?$/, error: `${name} must be an http or https address.` }).transform(withoutSlash)

const withoutSlash = (address: string): string => address.replace(/\/+$/, '')

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** The identity provider whose tokens are accepted. */
const AUTH = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const

/** What a content security policy accepts as `frame-ancestors`: `*` or `'none'` alone, or `'self'`, schemes and hosts. */
const FRAME_ANCESTORS =
  /^(\*|'none'|(('self'|https?:|(https?:\/\/)?(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:(\d{1,5}|\*))?)( +(?!$)|$))+)$/i

/** `off`, or the quotas that differ from their defaults, such as `anonymous=2000,votes=100`. */
const quotas = z.string().transform((text, context): Quotas | null => {
  if (text === 'off') return null
  const given = { ...DEFAULT_QUOTAS }
  for (const part of text.split(',')) {
    const [, name, number] = /^\s*(\w+)\s*=\s*([1-9]\d{0,8})\s*$/.exec(part) ?? []
    const known = QUOTA_NAMES.find((each) => each === name)
    if (known) given[known] = Number(number)
    else
      context.addIssue(
        `RATE_LIMIT must be off, or whole numbers from 1 for some of ${QUOTA_NAMES.join(', ')}, such as anonymous=2000,votes=100; "${part}" is neither.`,
      )
  }
  return given
})

/** Parameters of SMTP_URL that nodemailer reads; others, such as `logger`, would print addresses or change what a try is. */
const SMTP_PARAMETERS = ['name', 'authMethod', 'ignoreTLS', 'requireTLS', 'tls.servername', 'tls.rejectUnauthorized']

const smtpUrl = z.string().transform((text, context) => {
  if (!/^smtps?:\/\/./.test(text) || !URL.canParse(text) || new URL(text).hostname === '')
    context.addIssue(
      'SMTP_URL must look like smtp://user:password@mail.example.org:587, or smtps://… for TLS from the start. Percent-encode what has a meaning in addresses, such as @ in a password: %40.',
    )
  else
    for (const name of new URL(text).searchParams.keys())
      if (!SMTP_PARAMETERS.includes(name))
        context.addIssue(`SMTP_URL has an unknown parameter "${name}". Known are ${SMTP_PARAMETERS.join(', ')}.`)
  return text
})

/** A name, which may be left out, and an address: what the header From has. */
const MAIL_FROM = /^(?:[^<>@",;:\\\p{C}]+<[^\s<>@",;:\\]+@[\w.-]+>|[^\s<>@",;:\\]+@[\w.-]+)$/u

/** All settings with their defaults. The README's table explains each. */
const environment = z.object({
  PORT: number('PORT', 0, 65_535, true).default(4000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: z
    .url({
      protocol: /^https?$/,
      error: 'PUBLIC_URL must be an http or https address, such as https://papers.example.org.',
    })
    .optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/./, 'DATABASE_URL must look like postgres://user:password@host:5432/database.')
    .optional(),
  DATA_DIR: z.string().default('.data'),
  EDITION_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'EDITION_TIME_ZONE must be an IANA time zone name, such as America/New_York.')
    .default('UTC'),
  EDITION_ROLLOVER: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'EDITION_ROLLOVER must be a time of day from 00:00 to 23:59, such as 21:30.')
    .default('00:00'),
  TRENDING_HALF_LIFE_HOURS: number('TRENDING_HALF_LIFE_HOURS', 0.1, 87_600, false).default(48),
  AUTH_JWKS_URL: z.url({ protocol: /^https?$/, error: 'AUTH_JWKS_URL must be an http or https address.' }).optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  SAMPLE: flag('SAMPLE').optional(),
  SYNC: z
    .string()
    .transform((text, context) => {
      const { sources, problems } = readSyncSources(text)
      for (const problem of problems) context.addIssue(`SYNC: ${problem}`)
      return sources
    })
    .default([]),
  EDITION_SETTLE_HOURS: number('EDITION_SETTLE_HOURS', 0, 720, false).optional(),
  ARXIV_OAI_URL: webAddress('ARXIV_OAI_URL').default('https://oaipmh.arxiv.org/oai'),
  HUGGING_FACE_URL: webAddress('HUGGING_FACE_URL').default('https://huggingface.co'),
  EMBED_FRAME_ANCESTORS: z
    .string()
    .regex(
      FRAME_ANCESTORS,
      "EMBED_FRAME_ANCESTORS must be *, 'none', or sites separated by spaces, such as https://example.org https://*.example.net.",
    )
    .default('*'),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: z
    .string()
    .regex(MAIL_FROM, 'MAIL_FROM must be an address, with or without a name: Daily Papers <papers@example.org>.')
    .optional(),
  WEBSUB_HUB: z.url({ protocol: /^https?$/, error: 'WEBSUB_HUB must be an http or https address.' }).optional(),
  CACHE_MEGABYTES: number('CACHE_MEGABYTES', 0, 65_536, true).default(24),
  IMAGES_MEGABYTES: number('IMAGES_MEGABYTES', 1, 1_048_576, true).default(256),
  STALE_IF_ERROR: number('STALE_IF_ERROR', 0, 86_400, true).default(600),
  TOKEN_DAYS: number('TOKEN_DAYS', 1, 3_650, true).default(90),
  METRICS_PORT: number('METRICS_PORT', 0, 65_535, true).optional(),
  RATE_LIMIT: quotas.optional(),
  TRUST_PROXY: number('TRUST_PROXY', 0, 10, true).default(0),
  STOP_DELAY_SECONDS: number('STOP_DELAY_SECONDS', 0, 600, false).default(0),
  ALLOW_PRIVATE_NETWORKS: flag('ALLOW_PRIVATE_NETWORKS').default(false),
  LOG_LEVEL: z.enum(LOG_LEVELS, `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`).default('info'),
})

export interface Settings {
  port: number
  host: string
  /** Without a slash at the end; null if clients use the address that the server listens on. */
  publicUrl: string | null
  /** Null for the embedded Postgres under `dataDir`. */
  databaseUrl: string | null
  /** An absolute path. */
  dataDir: string
  editionTimeZone: string
  /** `HH:MM` in `editionTimeZone`. */
  editionRollover: string
  trendingHalfLifeHours: number
  /** Null if only this server's own tokens are accepted. */
  identityProvider: { jwksUrl: string; issuer: string; audience: string } | null
  /** Whether the sample papers are loaded into an empty catalogue. */
  sample: boolean
  /** The remote sources that this instance keeps itself current with. */
  sync: readonly SyncSource[]
  /** Hours from the end of an edition until it is FINAL. */
  editionSettleHours: number
  /** The base address of arXiv's OAI-PMH interface. */
  arxivOaiUrl: string
  /** The site whose daily lists are synced, without a slash at the end. */
  huggingFaceUrl: string
  /** Which sites may show `/embed` in a frame, as a value of the directive `frame-ancestors`. */
  embedFrameAncestors: string
  /** The WebSub hub that feeds name and that is notified of changes; null for none. */
  webSubHub: string | null
  /** The mail server; null if mails are written into files. It can have a password in it. */
  smtpUrl: string | null
  /** The sender of mails, as in the header From. */
  mailFrom: string
  /** How much memory cached responses may take; 0 turns the cache off. */
  cacheMegabytes: number
  /** How much of the disk below `dataDir` converted pictures may take. */
  imagesMegabytes: number
  /** For how many seconds cached responses are sent while the database is away. */
  staleIfError: number
  /** The port for `/metrics`; null for none. */
  metricsPort: number | null
  /** How long a new access token of this server is valid. */
  tokenDays: number
  /** How much each client may do; null for no limits. */
  rateLimit: Quotas | null
  /** How many proxies stand before the server, whose entries in `X-Forwarded-For` are believed. */
  trustProxy: number
  /** How long the server goes on, no longer ready, between the signal to stop and the moment when it stops listening. */
  stopDelaySeconds: number
  /** Whether imports, syncs and pictures may come from addresses in private networks, and webhooks post there. */
  allowPrivateNetworks: boolean
  logLevel: (typeof LOG_LEVELS)[number]
}

/** Lists every wrong setting, one per line. */
export class SettingsError extends OperatorError {
  override readonly name = 'SettingsError'
}

/**
 * Reads the settings from an environment such as `process.env`; an empty variable counts as unset. Nothing else in the
 * project reads the environment.
 *
 * @throws SettingsError listing all problems
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const result = environment.safeParse(given)
  const problems = result.error?.issues.map((issue) => issue.message) ?? []
  const auth = AUTH.filter((name) => name in given)
  if (auth.length > 0 && auth.length < AUTH.length)
    problems.push(`${AUTH.join(', ')} belong together: set all of them or none.`)
  if (result.success && result.data.PORT !== 0 && result.data.METRICS_PORT === result.data.PORT)
    problems.push(`METRICS_PORT must be another port than PORT, which is ${result.data.PORT}.`)
  if ('SMTP_URL' in given && !('PUBLIC_URL' in given))
    problems.push('SMTP_URL needs PUBLIC_URL: mails link to the address by which their readers know this server.')
  if (!result.success || problems.length > 0) throw new SettingsError(problems.join('\n'))
  const read = result.data
  return {
    port: read.PORT,
    host: read.HOST,
    publicUrl: read.PUBLIC_URL === undefined ? null : withoutSlash(read.PUBLIC_URL),
    databaseUrl: read.DATABASE_URL ?? null,
    dataDir: resolve(read.DATA_DIR),
    editionTimeZone: read.EDITION_TIME_ZONE,
    editionRollover: read.EDITION_ROLLOVER,
    trendingHalfLifeHours: read.TRENDING_HALF_LIFE_HOURS,
    identityProvider:
      read.AUTH_JWKS_URL !== undefined && read.AUTH_ISSUER !== undefined && read.AUTH_AUDIENCE !== undefined
        ? { jwksUrl: read.AUTH_JWKS_URL, issuer: read.AUTH_ISSUER, audience: read.AUTH_AUDIENCE }
        : null,
    // Only on request into a database of the operator's own, and beside what a sync brings.
    sample: read.SAMPLE ?? (read.DATABASE_URL === undefined && read.SYNC.length === 0),
    sync: read.SYNC,
    // Submissions here end with the day. The lists of other sites fill until later.
    editionSettleHours: read.EDITION_SETTLE_HOURS ?? (read.SYNC.length === 0 ? 0 : 24),
    arxivOaiUrl: read.ARXIV_OAI_URL,
    huggingFaceUrl: read.HUGGING_FACE_URL,
    embedFrameAncestors: read.EMBED_FRAME_ANCESTORS,
    webSubHub: read.WEBSUB_HUB ?? null,
    smtpUrl: read.SMTP_URL ?? null,
    mailFrom: read.MAIL_FROM ?? defaultSender(read.PUBLIC_URL),
    cacheMegabytes: read.CACHE_MEGABYTES,
    imagesMegabytes: read.IMAGES_MEGABYTES,
    staleIfError: read.STALE_IF_ERROR,
    metricsPort: read.METRICS_PORT ?? null,
    tokenDays: read.TOKEN_DAYS,
    rateLimit: read.RATE_LIMIT === undefined ? DEFAULT_QUOTAS : read.RATE_LIMIT,
    trustProxy: read.TRUST_PROXY,
    stopDelaySeconds: read.STOP_DELAY_SECONDS,
    allowPrivateNetworks: read.ALLOW_PRIVATE_NETWORKS,
    logLevel: read.LOG_LEVEL,
  }
}

/** An address at the host of this server; at `localhost` if it has no name. */
function defaultSender(publicUrl: string | undefined): string {
  const host = publicUrl === undefined ? 'localhost' : new URL(publicUrl).hostname
  return `Daily Papers <daily-papers@${/^[\d.]+$|^\[/.test(host) ? 'localhost' : host}>`
}

/** A password before a host, and what is named like a secret in the query of an address. */
const SECRETS = /(?<=\/\/[^/?#@:]*:)[^/?#]*(?=@)|(?<=[?&][^=&#]*(?:pass|secret|token|key|auth)[^=&#]*=)[^&#]+/gi

/** The settings for the log: secrets in addresses are hidden. */
export const withoutSecrets = (settings: Settings): unknown =>
  JSON.parse(JSON.stringify(settings, (_, value) => (typeof value === 'string' ? value.replace(SECRETS, '…') : value)))
