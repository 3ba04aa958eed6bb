import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Db } from '../db/client.ts'
import { renderConfirmationMail } from '../formats/mail/confirmation-mail.ts'
import { type DigestContent, renderDigestMail } from '../formats/mail/digest-mail.ts'
import type { RenderedMail } from '../formats/mail/mail-document.ts'
import { mailedListTitle, OFTEN } from '../formats/mailed-list.ts'
import { parseSavedQuery, queryOfSaved, savedQueryString } from '../formats/saved-filter.ts'
import { activeSavedListsByIds } from '../queries/saved-filters.ts'
import { type EditionSpan, editionOf } from '../values/editions.ts'
import type { Mail } from './mail-transport.ts'
import type { Claimed } from './outbox.ts'
import { CONFIRMATION_HOURS, newConfirmation } from './subscriptions.ts'

/** So many lists of editions are kept: deliveries of one list follow each other, so few are needed. */
const KEPT_LISTS = 50

export interface ComposerParts {
  db: Db
  /** Without a slash at its end. */
  publicUrl: () => string
  /** The papers of a list, by its canonical query string, in an edition; null if there are none. */
  contentOf(query: string, edition: EditionSpan): Promise<DigestContent | null>
}

/** The list of a subscription, and what its owner calls it. */
interface List {
  query: string
  name: string | null
}

/**
 * Writes the mails of deliveries. Each list of an edition is computed once, however many people have it, while its deliveries are
 * being sent.
 *
 * @returns null for an edition without a paper of the list, and for a saved filter that was deleted or whose user was suspended meanwhile
 */
export function mailComposer(parts: ComposerParts): (delivery: Claimed) => Promise<Mail | null> {
  const contents = new LRUCache<string, Promise<DigestContent | null>>({ max: KEPT_LISTS, ttl: 60_000 })

  const contentOf = (query: string, edition: EditionSpan) => {
    const key = `${edition.period} ${edition.startsOn} ${query}`
    let content = contents.get(key)
    if (content === undefined) {
      content = parts.contentOf(query, edition)
      contents.set(key, content)
      // The next try reads again.
      content.catch(() => contents.delete(key))
    }
    return content
  }

  return async (delivery) => {
    const publicUrl = parts.publicUrl()
    const list = await listOf(parts.db, delivery)
    if (list === null) return null
    const { startsOn, period, token } = delivery
    if (startsOn === null) {
      const confirm = `${publicUrl}/digest/confirm?token=${await newConfirmation(parts.db, delivery.digestId)}`
      const title = list.name ?? mailedListTitle(parseSavedQuery(list.query))
      const mail = { publicUrl, listTitle: title, period, links: { confirm }, hours: CONFIRMATION_HOURS }
      return addressed(delivery, publicUrl, renderConfirmationMail(mail), {})
    }
    const content = await contentOf(list.query, editionOf(period, startsOn))
    if (content === null) return null
    const unsubscribe = `${publicUrl}/digest/unsubscribe?token=${token}`
    const links = { ...content.links, unsubscribe, manage: `${publicUrl}/digest/manage?token=${token}` }
    const title = list.name ?? content.listTitle
    const why = `You get this because you subscribed to “${title}” at ${new URL(publicUrl).host}, ${OFTEN[period]}.`
    return addressed(delivery, publicUrl, renderDigestMail({ ...content, listTitle: title, links, why }), {
      'List-Id': listId(title, list.query, publicUrl),
      'List-Unsubscribe': `<${unsubscribe}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    })
  }
}

async function listOf(db: Db, { query, savedFilterId }: Claimed): Promise<List | null> {
  if (savedFilterId === null) return { query, name: null }
  const [saved] = await activeSavedListsByIds(db, [savedFilterId])
  return saved ? { query: savedQueryString(queryOfSaved(saved)), name: saved.name } : null
}

/** RFC 3834: no machine answers it. The Message-ID is the same for each try, so that mail servers see when one comes twice. */
const addressed = (
  { id, kind, address, createdAt }: Claimed,
  publicUrl: string,
  mail: RenderedMail,
  headers: Record<string, string>,
): Mail => ({
  ...mail,
  to: address,
  messageId: `<${kind.toLowerCase()}.${id}.${Date.parse(createdAt)}@${hostOf(publicUrl)}>`,
  headers: { ...headers, 'Auto-Submitted': 'auto-generated' },
})

const hostOf = (publicUrl: string): string => new URL(publicUrl).hostname.replace(/^\[|\]$/g, '').replaceAll(':', '-')

/** RFC 2919: the same for all mails of a list, by which mail programs sort them. */
function listId(title: string, query: string, publicUrl: string): string {
  const phrase = title
    .replaceAll(/[^\p{L}\p{N} .,'-]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 60)
  const hash = createHash('sha256').update(query).digest('hex').slice(0, 12)
  return `${phrase} <${hash}.digests.${hostOf(publicUrl)}>`
}
