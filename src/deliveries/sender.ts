import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Db } from '../db/client.ts'
import { messageOf } from '../values/errors.ts'
import type { Mail, MailTransport, SendResult } from './mail-transport.ts'
import { type Claimed, type DeliveryResult, giveUpLost, isTooOld, retryDelay, storeAndClaim } from './outbox.ts'

/** In seconds, and more than a mail can take: after that the server of a delivery counts as dead. */
const LEASE = 300
/** In milliseconds: mails that are done within this time of each other are stored together. */
const GATHER = 5

export interface MailSenderParts {
  db: Db
  transport: Pick<MailTransport, 'send'>
  /** The mail of a delivery; null if the edition has no paper of its list. */
  compose(delivery: Claimed): Promise<Mail | null>
  /** How many mails are on their way at the same time; so many can become UNKNOWN if the process is killed. */
  connections: number
  log: Logger
  now: () => Date
  leaseSeconds?: number
}

/**
 * Sends what is due in the outbox. Several processes can do so at the same time: each delivery is taken by one, and tried again
 * only if it was certainly not sent.
 */
export class MailSender {
  readonly #parts: MailSenderParts
  readonly #leaseSeconds: number
  readonly #underway = new Set<Promise<void>>()
  readonly #results: DeliveryResult[] = []
  /** How many results of each kind this run has had. */
  #counts = new Map<string, number>()
  #running: Promise<void> | null = null
  #isStopped = false

  constructor(parts: MailSenderParts) {
    this.#parts = parts
    this.#leaseSeconds = parts.leaseSeconds ?? LEASE
  }

  /**
   * Sends everything that is due.
   *
   * @returns when nothing is due any more
   * @throws what the database throws, once the mails that were on their way have results; these are stored the next time
   */
  wake(): Promise<void> {
    this.#running ??= this.#sendDue()
      .finally(() => Promise.all(this.#underway))
      .finally(() => {
        this.#running = null
        this.#logRun()
      })
    return this.#running
  }

  /** Takes nothing more, and stores the results of what is on its way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running?.catch(() => {})
    await this.#storeAndClaim(0).catch((error) =>
      this.#parts.log.error({ err: error }, 'results of mails could not be stored'),
    )
  }

  async #sendDue(): Promise<void> {
    const { db, connections, log } = this.#parts
    const lost = await giveUpLost(db)
    if (lost > 0) log.warn({ deliveries: lost }, 'a server stopped while it was sending these: they are not sent again')
    for (;;) {
      // What has a result that is stored by the same statement is SENDING no more: no more than connections may be lost.
      const limit = this.#isStopped ? 0 : connections - this.#underway.size
      const due = await this.#storeAndClaim(limit)
      for (const delivery of due) this.#begin(delivery)
      if (this.#underway.size === 0) {
        if (this.#results.length === 0) return
        continue
      }
      await Promise.race(this.#underway)
      await setTimeout(GATHER)
    }
  }

  #begin(delivery: Claimed): void {
    const done = this.#deliver(delivery).then((result) => {
      this.#results.push(result)
      this.#underway.delete(done)
    })
    this.#underway.add(done)
  }

  async #storeAndClaim(limit: number): Promise<Claimed[]> {
    // Others come while these are being stored.
    const results = this.#results.splice(0)
    if (results.length === 0 && limit === 0) return []
    try {
      const due = await storeAndClaim(this.#parts.db, results, { limit, leaseSeconds: this.#leaseSeconds })
      for (const { state } of results) {
        const name = state === 'PENDING' ? 'again' : state.toLowerCase()
        this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
      }
      return due
    } catch (error) {
      this.#results.unshift(...results)
      throw error
    }
  }

  #logRun(): void {
    if (this.#counts.size > 0) this.#parts.log.info(Object.fromEntries(this.#counts), 'mails were sent')
    this.#counts = new Map()
  }

  async #deliver(delivery: Claimed): Promise<DeliveryResult> {
    const { transport, compose, log } = this.#parts
    let sent: SendResult | null
    try {
      const mail = await compose(delivery)
      sent = mail && (await transport.send(mail))
    } catch (error) {
      log.error({ err: error, delivery: delivery.id }, 'a mail could not be written')
      sent = { outcome: 'temporary', reason: `The mail could not be written: ${messageOf(error)}` }
    }
    return this.#resultOf(delivery, sent)
  }

  #resultOf(delivery: Claimed, sent: SendResult | null): DeliveryResult {
    const { log, now } = this.#parts
    const { id, attempt } = delivery
    const result = { id, reason: null, delaySeconds: 0, stops: false }
    if (sent === null) return { ...result, state: 'EMPTY' }
    if (sent.outcome === 'sent') return { ...result, state: 'SENT' }
    const { outcome, reason } = sent
    const isOver = outcome !== 'temporary' || isTooOld(delivery, now())
    log[isOver ? 'warn' : 'info']({ delivery: id, attempt, outcome, reason }, 'a mail was not sent')
    if (outcome === 'unknown') return { ...result, state: 'UNKNOWN', reason }
    if (outcome === 'permanent') return { ...result, state: 'FAILED', reason, stops: true }
    return isOver
      ? { ...result, state: 'FAILED', reason }
      : { ...result, state: 'PENDING', reason, delaySeconds: retryDelay(attempt) }
  }
}
