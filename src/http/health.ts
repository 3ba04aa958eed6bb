import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Unavailable } from '../values/errors.ts'
import type { WriteLog } from '../writes/write-log.ts'
import { plainText, type ResponseContent } from './cache/response.ts'
import type { ServerParts } from './parts.ts'

/** In milliseconds: a database that takes longer to reply is reported as unavailable. */
const READY_WITHIN = 2_000

/** For load balancers and supervisors, by path. */
type HealthCheck = (parts: ServerParts, writes: WriteLog) => Promise<ResponseContent>

export const HEALTH_CHECKS: ReadonlyMap<string, HealthCheck> = new Map<string, HealthCheck>([
  ['/healthz', async () => uncached('ok')],
  ['/readyz', checkReadiness],
])

/**
 * Ready until the server begins to stop, if the database replies in time. The reason for a failure is logged and not sent. A
 * server that only reads is ready, and says so: without it, readers would have nothing.
 */
async function checkReadiness({ db, log, stopping }: ServerParts, writes: WriteLog): Promise<ResponseContent> {
  if (stopping?.aborted) return uncached('stopping', 503)
  const giveUp = new AbortController()
  try {
    // Connections to a machine that has vanished would wait for a quarter of an hour.
    const late = setTimeout(READY_WITHIN, undefined, { signal: giveUp.signal }).then(() => {
      throw new Error(`no reply within ${READY_WITHIN} ms`)
    })
    const asked = db.execute<{ is_read_only: boolean }>(
      sql`select current_setting('transaction_read_only')::boolean as is_read_only`,
    )
    const [row] = await Promise.race([asked, late])
    const failure = row?.is_read_only ? new Unavailable('READ_ONLY') : writes.failure
    return uncached(failure === null ? 'ready' : `ready to read; writes fail. ${failure.message}`)
  } catch (error) {
    log.warn({ err: error }, 'the database does not reply')
    return uncached('The database does not reply.', 503)
  } finally {
    giveUp.abort()
  }
}

const uncached = (text: string, status = 200): ResponseContent => ({ ...plainText(text, status), seconds: 0 })
