import type { Logger } from 'pino'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { openDatabase } from '../db/client.ts'
import type { RunQuery } from '../deliveries/digest-content.ts'
import { ProblemLog } from '../deliveries/problem-log.ts'
import { webhookWriter } from '../deliveries/webhook-content.ts'
import { findWebhookEvents, pruneWebhooks } from '../deliveries/webhook-events.ts'
import { WebhookSender } from '../deliveries/webhook-sender.ts'
import { createPoster } from '../fetching/poster.ts'
import { userAgent } from '../fetching/user-agent.ts'
import type { Settings } from '../settings.ts'

/** One finds events while another sends. */
export const WEBHOOK_CONNECTIONS = 2
/**
 * How many messages are on their way at the same time: without those that are slow, which cost nothing but a socket; with them; and
 * to addresses that did not take the last one.
 */
const CONNECTIONS = 16
const MOST_CONNECTIONS = 128
const FAILING_CONNECTIONS = 64
/** In milliseconds: how often changes and what is due are looked for, and how often old deliveries are removed. */
const EVERY = 2_000
const PRUNE_EVERY = 3_600_000

/** Finds the events of webhooks and sends them, inside the server. @returns what stops it */
export function startWebhooks(
  url: string,
  settings: Pick<Settings, 'allowPrivateNetworks' | 'publicUrl'>,
  { runQuery, log }: { runQuery: RunQuery; log: Logger },
): { stop(): Promise<void> } {
  const { db, close } = openDatabase(url, {
    connections: WEBHOOK_CONNECTIONS,
    statementTimeout: 60_000,
    name: 'daily-papers webhooks',
  })
  const { allowPrivateNetworks, publicUrl } = settings
  const sender = new WebhookSender({
    db,
    post: createPoster({ allowPrivateNetworks, userAgent: userAgent(publicUrl) }),
    write: webhookWriter({ runQuery, idOf: (paperId) => encodeGlobalId('Paper', paperId) }),
    connections: CONNECTIONS,
    mostConnections: MOST_CONNECTIONS,
    failingConnections: FAILING_CONNECTIONS,
    log,
    now: () => new Date(),
  })
  const problems = new ProblemLog(log, 'webhooks cannot be looked at')
  let prunedAt = 0
  const look = async () => {
    try {
      const added = await findWebhookEvents(db)
      if (added > 0) log.info({ deliveries: added }, 'papers changed: webhooks are told')
      if (Date.now() - prunedAt > PRUNE_EVERY) {
        prunedAt = Date.now()
        await pruneWebhooks(db)
      }
      problems.solved()
    } catch (error) {
      problems.report(error)
    }
    // Not waited for: what is found meanwhile is sent, too, while an address is slow.
    sender.wake().catch((error) => problems.report(error))
  }
  let looking = look()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, EVERY).unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await looking
      await sender.stop()
      await close()
    },
  }
}
