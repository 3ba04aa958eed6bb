import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { plainText, type ResponseContent } from './cache/response.ts'
import type { ServerParts } from './parts.ts'

/** In milliseconds: a database that takes longer to reply is reported as unavailable. */
const READY_WITHIN = 2_000

/** For load balancers and supervisors, by path. */
export const HEALTH_CHECKS: ReadonlyMap<string, (parts: ServerParts) => Promise<ResponseContent>> = new Map([
  ['/healthz', async () => uncached('ok')],
  ['/readyz', checkReadiness],
])

/** Ready until the server begins to stop, if the database replies in time. The reason for a failure is logged and not sent. */
async function checkReadiness({ db, log, stopping }: ServerParts): Promise<ResponseContent> {
  if (stopping?.aborted) return uncached('stopping', 503)
  const giveUp = new AbortController()
  try {
    // Connections to a machine that has vanished would wait for a quarter of an hour.
    const late = setTimeout(READY_WITHIN, undefined, { signal: giveUp.signal }).then(() => {
      throw new Error(`no reply within ${READY_WITHIN} ms`)
    })
    await Promise.race([db.execute(sql`select 1`), late])
    return uncached('ready')
  } catch (error) {
    log.warn({ err: error }, 'the database does not reply')
    return uncached('The database does not reply.', 503)
  } finally {
    giveUp.abort()
  }
}

const uncached = (text: string, status = 200): ResponseContent => ({ ...plainText(text, status), seconds: 0 })
