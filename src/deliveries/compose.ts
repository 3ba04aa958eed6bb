import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Db } from '../db/client.ts'
import { renderConfirmationMail } from '../formats/mail/confirmation-mail.ts'
import { renderDigestMail } from '../formats/mail/digest-mail.ts'
import { OFTEN } from '../formats/mailed-list.ts'
import { parseSavedQuery, queryOfSaved, savedQueryString } from '../formats/saved-filter.ts'
import { activeSavedListsByIds } from '../queries/saved-filters.ts'
import { type EditionSpan, editionOf } from '../values/editions.ts'
import type { DigestPapers } from './digest-content.ts'
import { mailTemplate } from './mail-template.ts'
import type { Mail } from './mail-transport.ts'
import { mailedTitle } from './mailed-title.ts'
import type { Claimed } from './outbox.ts'
import { CONFIRMATION_HOURS, newConfirmation } from './subscriptions.ts'

/** So many lists of editions are kept: deliveries of one list follow each other, so few are needed. */
const KEPT = { max: 50, ttl: 60_000 }

export interface ComposerParts {
  db: Db
  /** Without a slash at its end. */
  publicUrl: () => string
  /** The papers of a list, by its canonical query string, in an edition; null if there are none. */
  contentOf(query: string, edition: EditionSpan): Promise<DigestPapers | null>
}

/** The list of a subscription, and what its owner calls it. */
interface List {
  query: string
  name: string | null
}

/**
 * Writes the mails of deliveries. Each list of an edition is computed once, however many people have it, while its deliveries are
 * being sent, and so is its mail, in which only the token of the subscription differs.
 *
 * @returns null for an edition without a paper of the list, and for a saved filter that was deleted or whose user was suspended meanwhile
 */
export function mailComposer(parts: ComposerParts): (delivery: Claimed) => Promise<Mail | null> {
  const contentOf = kept((query: string, edition: EditionSpan) => parts.contentOf(query, edition))
  const templateOf = kept(async (query: string, { name, edition }: { name: string | null; edition: EditionSpan }) => {
    const content = await contentOf(query, edition)
    if (content === null) return null
    const publicUrl = parts.publicUrl()
    const title = name ?? (await mailedTitle(parts.db, parseSavedQuery(query)))
    const why = `You get this because you subscribed to “${title}” at ${new URL(publicUrl).host}, ${OFTEN[edition.period]}.`
    const fill = await mailTemplate((token) => {
      const links = { ...content.links, ...linksOf(publicUrl, token) }
      return renderDigestMail({ ...content, listTitle: title, links, why })
    })
    return { fill, list: listOfMails(title, query, publicUrl) }
  })

  return async (delivery) => {
    const publicUrl = parts.publicUrl()
    const list = await listOf(parts.db, delivery)
    if (list === null) return null
    const { startsOn, period, token } = delivery
    if (startsOn === null) {
      const confirm = `${publicUrl}/digest/confirm?token=${await newConfirmation(parts.db, delivery.digestId)}`
      const title = list.name ?? (await mailedTitle(parts.db, parseSavedQuery(list.query)))
      const mail = { publicUrl, listTitle: title, period, links: { confirm }, hours: CONFIRMATION_HOURS }
      return addressed(delivery, publicUrl, { ...renderConfirmationMail(mail), list: null }, {})
    }
    const template = await templateOf(list.query, { name: list.name, edition: editionOf(period, startsOn) })
    return (
      template &&
      addressed(
        delivery,
        publicUrl,
        { ...template.fill(token), list: template.list },
        {
          'List-Unsubscribe': `<${linksOf(publicUrl, token).unsubscribe}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        },
      )
    )
  }
}

const linksOf = (publicUrl: string, token: string) => ({
  unsubscribe: `${publicUrl}/digest/unsubscribe?token=${token}`,
  manage: `${publicUrl}/digest/manage?token=${token}`,
})

/** Computes each result once, and keeps it for a while; one that failed is computed again. */
function kept<Given, Result>(
  compute: (query: string, given: Given) => Promise<Result>,
): (query: string, given: Given) => Promise<Result> {
  const results = new LRUCache<string, Promise<Result>>(KEPT)
  return (query, given) => {
    const key = JSON.stringify([query, given])
    let result = results.get(key)
    if (result === undefined) {
      result = compute(query, given)
      results.set(key, result)
      result.catch(() => results.delete(key))
    }
    return result
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
  mail: Pick<Mail, 'subject' | 'html' | 'text' | 'list'>,
  headers: Record<string, string>,
): Mail => ({
  ...mail,
  to: address,
  messageId: `<${kind.toLowerCase()}.${id}.${Date.parse(createdAt)}@${hostOf(publicUrl)}>`,
  headers: { ...headers, 'Auto-Submitted': 'auto-generated' },
})

const hostOf = (publicUrl: string): string => new URL(publicUrl).hostname.replace(/^\[|\]$/g, '').replaceAll(':', '-')

/** In characters. */
const LONGEST_TITLE = 60

/** The same for all mails of a list. */
const listOfMails = (title: string, query: string, publicUrl: string): NonNullable<Mail['list']> => ({
  id: `${createHash('sha256').update(query).digest('hex').slice(0, 12)}.digests.${hostOf(publicUrl)}`,
  title: [...title].slice(0, LONGEST_TITLE).join(''),
})
