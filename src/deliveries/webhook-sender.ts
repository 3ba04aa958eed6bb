import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Db } from '../db/client.ts'
import type { Post, PostedResponse } from '../fetching/poster.ts'
import { feishuProblem } from '../formats/webhooks/feishu.ts'
import { shortened } from '../formats/webhooks/message.ts'
import { standardHeaders } from '../formats/webhooks/standard.ts'
import { CodedError, messageOf } from '../values/errors.ts'
import type { WriteWebhook } from './webhook-content.ts'
import {
  type ClaimedWebhook,
  claimWebhooks,
  releaseWebhooks,
  storeWebhookResults,
  type WebhookResult,
  webhookDelay,
} from './webhook-outbox.ts'

/** In seconds, and more than a message can take: after that the server of a delivery counts as dead. */
const LEASE = 60
/** So many more are taken than can be sent at once: to find those that are due takes longer than to send one. */
const TAKEN_AHEAD = 64
/** In milliseconds between the beginnings of messages: each takes a millisecond of the processor that requests wait for. */
const PACE = 25
/** So many are begun before results are stored. */
const BEGUN_TOGETHER = 16
/** In milliseconds: a message that takes longer is slow, and another one is sent beside it. */
const SLOW = 1_000
/** In milliseconds: how long the end of messages is waited for before others that are due are looked for. */
const LOOK_AGAIN = 500
/** In characters: so much of a response is shown to the owner. */
const LONGEST_EXCERPT = 200

export interface WebhookSenderParts {
  db: Db
  post: Post
  write: WriteWebhook
  /** How many messages are on their way at the same time, without those that are slow. */
  connections: number
  /** With those. */
  mostConnections: number
  /** How many of them are for addresses that did not take the last one. */
  failingConnections: number
  log: Logger
  now: () => Date
  leaseSeconds?: number
}

/**
 * Sends what is due to webhooks. Several processes can do so at the same time. An address that is slow or down holds back
 * nothing but its own messages.
 */
export class WebhookSender {
  readonly #parts: WebhookSenderParts
  readonly #underway = new Map<Promise<void>, { isFailing: boolean; begunAt: number }>()
  /** What this process has taken and not begun to send. */
  #ready: ClaimedWebhook[] = []
  readonly #cutOff: ClaimedWebhook[] = []
  readonly #results: WebhookResult[] = []
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(parts: WebhookSenderParts) {
    this.#parts = parts
  }

  /**
   * Sends everything that is due.
   *
   * @returns when nothing is due any more
   * @throws what the database throws, once the messages that were on their way have results; these are stored the next time
   */
  wake(): Promise<void> {
    this.#running ??= this.#sendDue()
      .finally(() => Promise.all(this.#underway.keys()))
      .finally(() => {
        this.#running = null
      })
    return this.#running
  }

  /** Takes nothing more, cuts off what is on its way, which is sent again after a start, and stores results. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running?.catch(() => {})
    try {
      await this.#store()
      const left = [...this.#ready.splice(0), ...this.#cutOff.splice(0)]
      if (left.length > 0) await releaseWebhooks(this.#parts.db, left)
    } catch (error) {
      this.#parts.log.error({ err: error }, 'results of webhooks could not be stored')
    }
  }

  async #sendDue(): Promise<void> {
    for (;;) {
      await this.#store()
      if (this.#stopping.signal.aborted) return
      if (this.#ready.length === 0) this.#ready = await this.#claim()
      for (const delivery of this.#ready.splice(0, Math.min(BEGUN_TOGETHER, this.#free()))) {
        this.#begin(delivery)
        await setTimeout(PACE)
      }
      // What was begun may be done meanwhile: only what is slow is waited for.
      if (this.#results.length > 0 || (this.#ready.length > 0 && this.#free() > 0)) continue
      if (this.#underway.size === 0) return
      const timer = new AbortController()
      await Promise.race([...this.#underway.keys(), pause(LOOK_AGAIN, timer.signal)])
      timer.abort()
    }
  }

  /** How many more messages may be sent at the same time. */
  #free(): number {
    const { connections, mostConnections } = this.#parts
    const slowSince = performance.now() - SLOW
    const quick = [...this.#underway.values()].filter(({ begunAt }) => begunAt > slowSince).length
    return Math.max(0, Math.min(connections - quick, mostConnections - this.#underway.size))
  }

  async #claim(): Promise<ClaimedWebhook[]> {
    const { db, failingConnections, leaseSeconds = LEASE } = this.#parts
    if (this.#free() === 0) return []
    const failing = [...this.#underway.values()].filter(({ isFailing }) => isFailing).length
    const limits = { working: TAKEN_AHEAD, failing: Math.max(0, failingConnections - failing) }
    return claimWebhooks(db, { ...limits, leaseSeconds })
  }

  #begin(delivery: ClaimedWebhook): void {
    const done = this.#deliver(delivery).then((result) => {
      if (result !== null) this.#results.push(result)
      this.#underway.delete(done)
    })
    this.#underway.set(done, { isFailing: delivery.isFailing, begunAt: performance.now() })
  }

  async #store(): Promise<void> {
    // Others come while these are being stored.
    const results = this.#results.splice(0)
    if (results.length === 0) return
    try {
      for (const { id, reason } of await storeWebhookResults(this.#parts.db, results))
        this.#parts.log.warn({ webhook: id, reason }, 'a webhook is disabled')
    } catch (error) {
      this.#results.unshift(...results)
      throw error
    }
  }

  /** Null for what was cut off by a stop. */
  async #deliver(delivery: ClaimedWebhook): Promise<WebhookResult | null> {
    const { post, write, log, now } = this.#parts
    const { id, webhookId, attempt, form, url } = delivery
    const result = { id, webhookId, attempt, status: null, reason: null, delaySeconds: 0 }
    let body: string | null
    try {
      body = await write(delivery)
    } catch (error) {
      if (this.#stopping.signal.aborted) return this.#isCutOff(delivery)
      // A value in the document that is not allowed is for its owner, all else for the operator.
      if (error instanceof CodedError)
        return this.#failed({ ...result, outcome: 'FAILED', reason: `Its papers could not be read: ${error.message}` })
      log.error({ err: error, webhook: webhookId, delivery: id }, 'a message of a webhook could not be written')
      return this.#failed({ ...result, outcome: 'FAILED', reason: 'Its papers could not be read: this server failed.' })
    }
    if (body === null) return { ...result, outcome: 'EMPTY' }
    const sentAt = now()
    const headers = {
      'content-type': 'application/json',
      ...(form === 'STANDARD' ? standardHeaders({ id: messageId(delivery), sentAt, body }, delivery.secrets) : {}),
    }
    try {
      const response = await post(url, { headers, body, signal: this.#stopping.signal })
      return this.#resultOf(delivery, response, { ...result, status: response.status }, sentAt)
    } catch (error) {
      if (this.#stopping.signal.aborted) return this.#isCutOff(delivery)
      return this.#failed({ ...result, outcome: 'FAILED', reason: messageOf(error) })
    }
  }

  #isCutOff(delivery: ClaimedWebhook): null {
    this.#cutOff.push(delivery)
    return null
  }

  #resultOf(
    { form }: ClaimedWebhook,
    { status, retryAfter, text }: PostedResponse,
    result: Omit<WebhookResult, 'outcome'>,
    sentAt: Date,
  ): WebhookResult {
    const isTaken = status >= 200 && status < 300
    const problem = isTaken && form === 'FEISHU' ? feishuProblem(text) : null
    if (isTaken && problem === null) return { ...result, outcome: 'SENT' }
    const reason = problem ?? reasonOf(status, text)
    if (status === 410) return { ...result, outcome: 'GONE', reason }
    const wait = retryAfter === null ? 0 : (retryAfter.getTime() - sentAt.getTime()) / 1_000
    return this.#failed({ ...result, outcome: 'FAILED', reason }, wait)
  }

  #failed(result: WebhookResult, leastDelay = 0): WebhookResult {
    const { webhookId: webhook, id: delivery, attempt, status, reason } = result
    this.#parts.log.info({ webhook, delivery, attempt, status, reason }, 'a message of a webhook was not taken')
    return { ...result, delaySeconds: Math.max(webhookDelay(attempt), leastDelay) }
  }
}

/** The same for every attempt, and in no other delivery. */
const messageId = ({ id, foundAt }: ClaimedWebhook): string => `msg_${Date.parse(foundAt).toString(36)}_${id}`

function reasonOf(status: number, text: string): string {
  if (status >= 300 && status < 400)
    return `It responded with ${status}, and redirects are not followed: give the address that it leads to.`
  if (status === 410) return 'It responded with 410: it wants nothing more.'
  const excerpt = shortened(text.replaceAll(/\p{C}+/gu, ' '), LONGEST_EXCERPT)
  return `It responded with ${status}${excerpt === '' ? '.' : `: ${excerpt}`}`
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  setTimeout(milliseconds, undefined, { signal }).catch(() => {})
