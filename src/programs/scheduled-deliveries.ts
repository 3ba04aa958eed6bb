import { join } from 'node:path'
import type { Logger } from 'pino'
import { openDatabase } from '../db/client.ts'
import { mailComposer } from '../deliveries/compose.ts'
import { digestContent, type RunQuery } from '../deliveries/digest-content.ts'
import { openMailTransport } from '../deliveries/mail-transport.ts'
import { recordFinalEditions } from '../deliveries/outbox.ts'
import { ProblemLog } from '../deliveries/problem-log.ts'
import { MailSender } from '../deliveries/sender.ts'
import { parseSavedQuery } from '../formats/saved-filter.ts'
import type { Settings } from '../settings.ts'
import { editionClockOf } from './sync-parts.ts'

/** One reads and writes the outbox while another writes the mails. */
export const DELIVERY_CONNECTIONS = 2
/** How many mails are on their way at the same time. */
const SMTP_CONNECTIONS = 5
/** In milliseconds: how often the outbox is looked at. */
const EVERY = 5_000

/** Sends mails inside the server: confirmations, and the digests of editions that have become FINAL. @returns what stops it */
export function startDeliveries(
  url: string,
  settings: Settings,
  { runQuery, publicUrl, log }: { runQuery: RunQuery; publicUrl: () => string; log: Logger },
): { stop(): Promise<void> } {
  const clock = editionClockOf(settings)
  const { db, close } = openDatabase(url, {
    connections: DELIVERY_CONNECTIONS,
    statementTimeout: 60_000,
    name: 'daily-papers deliveries',
  })
  const transport = openMailTransport({
    smtpUrl: settings.smtpUrl,
    mailFrom: settings.mailFrom,
    outboxDirectory: join(settings.dataDir, 'outbox'),
    connections: SMTP_CONNECTIONS,
    log,
  })
  const sender = new MailSender({
    db,
    transport,
    compose: mailComposer({
      db,
      publicUrl,
      contentOf: (query, edition) => digestContent(runQuery, publicUrl(), parseSavedQuery(query), edition),
    }),
    connections: SMTP_CONNECTIONS,
    log,
    now: clock.now,
  })
  const problems = new ProblemLog(log, 'deliveries cannot be looked at')
  const look = async () => {
    try {
      const added = await recordFinalEditions(db, clock)
      if (added > 0) log.info({ deliveries: added }, 'editions are final: their digests are sent')
      await sender.wake()
      problems.solved()
    } catch (error) {
      problems.report(error)
    }
  }
  let looking = look()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, EVERY).unref()
  return {
    stop: async () => {
      clearInterval(timer)
      // The transport gives mails that are on their way a moment, and then ends them, so that their results can be stored.
      await Promise.all([sender.stop(), transport.close()])
      await close()
    },
  }
}
